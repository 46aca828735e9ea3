package icinga2

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// clock bounds how far Icinga's clock is ahead of ours. Its answers have no Date header, but its status tells when it was
// started and for how long it has been up, which together is the moment of the answer, somewhere between the request and
// its end by our clock. The truth lies in all the intervals that were seen.
type clock struct {
	mu        sync.Mutex
	low, high time.Duration
	known     bool
}

func (c *clock) observe(theirs, sent, received time.Time) {
	low, high := theirs.Sub(received), theirs.Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && max(low, c.low) <= min(high, c.high) {
		low, high = max(low, c.low), min(high, c.high)
	} // else a clock was set: begin anew
	c.low, c.high, c.known = low, high, true
}

// agreement is how far two clocks may be apart to be called the same: Icinga's uptime and start are both rounded.
const agreement = 5 * time.Millisecond

// offset is 0 if that cannot be told from the truth, else the middle of what is left.
func (c *clock) offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || c.low <= agreement && c.high >= -agreement {
		return 0, c.known
	}
	return (c.low + c.high) / 2, true
}

// application is what Icinga's status tells of the whole instance.
type application struct {
	Notifications, HostChecks, ServiceChecks bool
	Notifier, Checker                        bool // the features are switched on
}

// status reads the status of the instance, and the clock by it.
func (s *Source) status(ctx context.Context) (application, error) {
	type part struct {
		Name   string                     `json:"name"`
		Status map[string]json.RawMessage `json:"status"`
	}
	var parts []part
	sent := time.Now()
	err := s.api.Read(ctx, "/v1/status", nil, func(body io.Reader) (err error) {
		parts, err = results[part](body)
		return err
	})
	received := time.Now()
	if err != nil {
		return application{}, err
	}
	// What is not told is not switched off.
	app := application{true, true, true, true, true}
	var started, up num
	for _, p := range parts {
		switch p.Name {
		case "CIB":
			_ = up.UnmarshalJSON(p.Status["uptime"]) // it never fails
		case "IcingaApplication":
			started = app.switches(p.Status["icingaapplication"])
		case "NotificationComponent":
			app.Notifier = some(p.Status["notificationcomponent"])
		case "CheckerComponent":
			app.Checker = some(p.Status["checkercomponent"])
		}
	}
	if started > 0 && up > 0 {
		s.clock.observe((started + up).time(), sent, received)
	}
	return app, nil
}

// switches reads the global switches, and when Icinga was started.
func (a *application) switches(raw json.RawMessage) (started num) {
	var apps map[string]struct {
		Started       num   `json:"program_start"`
		Notifications *bool `json:"enable_notifications"`
		HostChecks    *bool `json:"enable_host_checks"`
		ServiceChecks *bool `json:"enable_service_checks"`
	}
	if json.Unmarshal(raw, &apps) != nil {
		return 0
	}
	for _, app := range apps {
		started = app.Started
		a.Notifications = app.Notifications == nil || *app.Notifications
		a.HostChecks = app.HostChecks == nil || *app.HostChecks
		a.ServiceChecks = app.ServiceChecks == nil || *app.ServiceChecks
	}
	return started
}

// some reports whether there is an object of a feature.
func some(raw json.RawMessage) bool {
	var of map[string]any
	return json.Unmarshal(raw, &of) != nil || len(of) > 0
}

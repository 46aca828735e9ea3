package toy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/failurefriday/friday/internal/clock"
)

// MonitorOptions are the settings of a toy monitor.
type MonitorOptions struct {
	Name     string // its name as a process, and the dedup key of its pages
	Service  string // name of what it watches, for the title of its pages
	URL      string // what to ask; any answer but 200 is a failure
	Every    time.Duration
	Timeout  time.Duration
	Failures int // failures in a row before it pages
	OKs      int // good answers in a row before it resolves

	InboxURL   string // base URL of an Events API v2
	RoutingKey string
	Severity   string // critical, error, warning or info
	Log        io.Writer
}

// Flags declares the options on fs.
func (o *MonitorOptions) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.Name, "name", "monitor", "name of the monitor")
	fs.StringVar(&o.Service, "service", "", "name of what it watches")
	fs.StringVar(&o.URL, "url", "", "URL to ask")
	fs.DurationVar(&o.Every, "every", time.Second, "how often to ask")
	fs.DurationVar(&o.Timeout, "timeout", time.Second, "how long to wait for the answer")
	fs.IntVar(&o.Failures, "failures", 3, "failures in a row before it pages")
	fs.IntVar(&o.OKs, "oks", 2, "good answers in a row before it resolves")
	fs.StringVar(&o.InboxURL, "inbox", "", "base URL of the Events API to page through")
	fs.StringVar(&o.RoutingKey, "routing-key", "", "routing key of the service's integration")
	fs.StringVar(&o.Severity, "severity", "critical", "severity of its pages")
}

// Args are the flags that say o, but for the log.
func (o MonitorOptions) Args() []string {
	return []string{
		"--name", o.Name, "--service", o.Service, "--url", o.URL, "--every", o.Every.String(),
		"--timeout", o.Timeout.String(), "--failures", strconv.Itoa(o.Failures), "--oks", strconv.Itoa(o.OKs),
		"--inbox", o.InboxURL, "--routing-key", o.RoutingKey, "--severity", o.Severity,
	}
}

// Monitor asks the URL again and again until ctx is done. After enough failures in a row it sends a page, after enough
// good answers in a row it resolves it. It counts in memory: a monitor that is started again has forgotten what it saw,
// as real ones do.
func Monitor(ctx context.Context, o MonitorOptions) error {
	if err := setName(o.Name); err != nil {
		return err
	}
	m := &monitor{MonitorOptions: o, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	for again := true; again && ctx.Err() == nil; again = m.wait(ctx) {
		m.began = time.Now()
		m.note(ctx, m.look(ctx))
	}
	return nil
}

// monitor is a monitor and what it remembers.
type monitor struct {
	MonitorOptions
	client *http.Client

	began    time.Time // of the latest look
	failures int       // in a row
	oks      int       // in a row
	paged    bool
}

// wait until the next look is due; a slow look delays the next one but never makes it come at once.
func (m *monitor) wait(ctx context.Context) bool {
	for due := m.began; ; due = due.Add(m.Every) {
		if left := time.Until(due); left > 0 {
			return clock.Pause(ctx, left)
		}
	}
}

// look asks the service once and returns why the answer is not good.
func (m *monitor) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL, nil)
	if err != nil {
		return err
	}
	resp, err := m.client.Do(req)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("no answer within %s", m.Timeout)
	case err != nil:
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	return nil
}

// note counts what was seen, and pages or resolves when it is time. What could not be sent is tried again at the next
// look.
func (m *monitor) note(ctx context.Context, down error) {
	if ctx.Err() != nil {
		return // a look that was cut off says nothing
	}
	if down == nil {
		m.failures = 0
		if m.oks++; m.oks == 1 {
			m.logf("%s is up", m.URL)
		}
		if m.paged && m.oks >= m.OKs && m.send(ctx, event{Action: "resolve"}) {
			m.paged = false
		}
		return
	}
	m.oks = 0
	m.failures++
	m.logf("failure %d of %d: %v", m.failures, m.Failures, down)
	if !m.paged && m.failures >= m.Failures {
		m.paged = m.send(ctx, m.trigger(down))
	}
}

func (m *monitor) logf(format string, args ...any) {
	if m.Log != nil {
		fmt.Fprintf(m.Log, m.Name+": "+format+"\n", args...)
	}
}

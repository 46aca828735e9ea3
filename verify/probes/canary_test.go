package probes

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// cage is a source whose open incidents and clock are given.
type cage struct {
	open   []verify.Incident
	err    error
	offset time.Duration
}

func (c *cage) Ready(context.Context) error                     { return c.err }
func (c *cage) Open(context.Context) ([]verify.Incident, error) { return c.open, c.err }
func (c *cage) Since(context.Context, time.Time) ([]verify.Incident, error) {
	return c.open, c.err
}
func (c *cage) Offset() (time.Duration, bool) { return c.offset, true }

// TestCanary hears a canary for ten seconds, the last of them in silence.
func TestCanary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		sings := func(ago time.Duration, name string) verify.Incident {
			return verify.Incident{Title: "Watchdog fires", Labels: map[string]string{"alertname": name, "path": "a"}, Heard: now.Add(-ago)}
		}
		for name, c := range map[string]struct {
			cage   cage
			labels map[string]match.Pattern
			ok     bool
			err    bool
			says   string
			heard  time.Duration // ago
		}{
			"lately":                   {cage{open: []verify.Incident{sings(9*time.Second, "Watchdog")}}, nil, true, false, "last heard 9s ago", 9 * time.Second},
			"the latest of two":        {cage{open: []verify.Incident{sings(11*time.Second, "Watchdog"), sings(2*time.Second, "Watchdog")}}, nil, true, false, "2s ago", 2 * time.Second},
			"too long ago":             {cage{open: []verify.Incident{sings(11*time.Second, "Watchdog")}}, nil, false, false, "last heard 11s ago", 11 * time.Second},
			"by a clock that is ahead": {cage{open: []verify.Incident{sings(-time.Hour+time.Second, "Watchdog")}, offset: time.Hour}, nil, true, false, "1s ago", time.Second},
			"another alert":            {cage{open: []verify.Incident{sings(0, "Other")}}, nil, false, false, "no alert Watchdog is open on am", 0},
			"another path":             {cage{open: []verify.Incident{sings(0, "Watchdog")}}, map[string]match.Pattern{"path": match.Must("b")}, false, false, "no alert", 0},
			"nothing is open":          {cage{}, nil, false, false, "no alert", 0},
			"nobody tells when":        {cage{open: []verify.Incident{{Title: "Watchdog"}}}, nil, true, false, "Watchdog is open", 0},
			"the source is gone":       {cage{err: errors.New("refused")}, nil, false, true, "refused", 0},
		} {
			p := &Canary{Source: "am", Alert: match.Must("Watchdog"), Labels: c.labels, MaxAge: 10 * time.Second}
			if _, err := p.Check(t.Context()); err == nil {
				t.Errorf("%s: it hears without a source", name)
			}
			p.Bind(&c.cage)
			pulse, err := p.Check(t.Context())
			if (err != nil) != c.err || pulse.OK != c.ok {
				t.Errorf("%s: %+v, %v", name, pulse, err)
			}
			if text := pulse.Detail; err == nil && !strings.Contains(text, c.says) {
				t.Errorf("%s: %s", name, text)
			}
			if c.heard > 0 && !pulse.Heard.Equal(now.Add(-c.heard)) {
				t.Errorf("%s: heard at %s", name, pulse.Heard)
			}
		}
	})
}

package amconfig

import (
	"time"

	"github.com/prometheus/alertmanager/pkg/labels"
)

// Silence keeps alerts from being notified for a time.
type Silence struct {
	ID       string
	State    string // active, pending, expired
	Matchers labels.Matchers
	Start    time.Time
	End      time.Time
	Updated  time.Time
	Owner    string
	Comment  string
}

// Covers reports whether the silence matches an alert; whether it is in force is told by In.
func (s Silence) Covers(alert map[string]string) bool {
	return len(s.Matchers) > 0 && matches(s.Matchers, alert)
}

// In reports whether the silence is in force at a moment.
func (s Silence) In(t time.Time) bool { return !t.Before(s.Start) && t.Before(s.End) }

// Package verify is the vocabulary of observation: what an incident is, what is expected of it, which hop a page takes
// on its way, who looks (sources and probes), and what was seen (the events of a run's history).
package verify

import "time"

// Status of an incident.
type Status string

// The three states of an incident, named as PagerDuty names them.
const (
	Triggered    Status = "triggered"
	Acknowledged Status = "acknowledged"
	Resolved     Status = "resolved"
)

// Incident is one page as its source tells it. Times are the source's own, uncorrected; a zero time has not happened or
// is not known. A source with whole-second time stamps leaves the nanoseconds zero.
type Incident struct {
	ID       string            `json:"id"`
	URL      string            `json:"url,omitempty"`
	Source   string            `json:"source"` // name of the source in the configuration
	Service  string            `json:"service,omitempty"`
	Title    string            `json:"title"`
	Status   Status            `json:"status"`
	Urgency  string            `json:"urgency,omitempty"`
	Severity string            `json:"severity,omitempty"`
	Key      string            `json:"key,omitempty"` // incident key or dedup key
	Labels   map[string]string `json:"labels,omitempty"`

	Opened time.Time `json:"opened"`
	// Heard is when the source last heard of it from whoever sends it; zero where the source does not tell.
	Heard          time.Time      `json:"heard,omitzero"`
	Notified       []Notification `json:"notified,omitempty"` // oldest first
	Acknowledged   time.Time      `json:"acknowledged,omitzero"`
	AcknowledgedBy string         `json:"acknowledged_by,omitempty"`
	Resolved       time.Time      `json:"resolved,omitzero"`
	ResolvedBy     string         `json:"resolved_by,omitempty"`
	// ResolvedByHand is true where the source knows that a person, not the monitor, closed the incident.
	ResolvedByHand bool `json:"resolved_by_hand,omitempty"`
}

// Notification is one attempt to reach a person.
type Notification struct {
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Channel string    `json:"channel,omitempty"` // email, sms, phone, push …
	// Failed holds the source's word for a message that was sent and not delivered; empty means success or not known.
	Failed string `json:"failed,omitempty"`
}

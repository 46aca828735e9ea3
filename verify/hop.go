package verify

import (
	"fmt"
	"slices"
	"time"
)

// Hop is a station on the way of a page, in the order in which a page passes them.
type Hop int

// The thirteen hops.
const (
	FaultEffective Hop = iota
	SignalEmitted
	Collected
	RuleEvaluated
	Pending
	Firing
	HandedToRouter
	Routed
	NotificationAccepted
	IncidentCreated
	ResponderNotified
	IncidentAcknowledged
	IncidentResolved
)

// hopNames are in the order of the constants.
var hopNames = []string{
	"fault effective", "signal emitted", "collected", "rule evaluated", "pending", "firing", "handed to router", "routed",
	"notification accepted", "incident created", "responder notified", "acknowledged", "resolved",
}

// Hops returns all hops in order.
func Hops() []Hop {
	hops := make([]Hop, len(hopNames))
	for i := range hops {
		hops[i] = Hop(i)
	}
	return hops
}

// String is the hop's name in lower case.
func (h Hop) String() string {
	if h < 0 || int(h) >= len(hopNames) {
		return fmt.Sprintf("hop %d", int(h))
	}
	return hopNames[h]
}

// MarshalText writes the name.
func (h Hop) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the name.
func (h *Hop) UnmarshalText(text []byte) error {
	i := slices.Index(hopNames, string(text))
	if i < 0 {
		return fmt.Errorf("unknown hop %q", text)
	}
	*h = Hop(i)
	return nil
}

// State of a hop. The zero value is Unknown, and Unknown never becomes Broken.
type State string

// What can be known of a hop.
const (
	Unknown State = ""
	OK      State = "ok"      // the page has passed here
	Waiting State = "waiting" // the page has not come past here yet, and nothing is wrong so far
	Broken  State = "broken"  // the page is held up or lost here
)

// Evidence is what somebody saw of one hop.
type Evidence struct {
	Hop   Hop       `json:"hop"`
	State State     `json:"state,omitempty"`
	At    time.Time `json:"at,omitzero"`
	// Expectation is the id of the expectation that this speaks of; empty means all expectations on Source, or, with
	// Source empty too, all of the step.
	Expectation string `json:"expectation,omitempty"`
	Source      string `json:"source,omitempty"`
	Kind        string `json:"kind,omitempty"`   // SF-01 …, where what was seen is one kind of silent failure
	Text        string `json:"text"`             // one sentence
	Advice      string `json:"advice,omitempty"` // what to do about it
	// Key is the one under which the notification is sent: the incident that it opens bears the same.
	Key     string `json:"key,omitempty"`
	Request string `json:"request,omitempty"` // what was asked, free of secrets
	Answer  string `json:"answer,omitempty"`  // the answer, trimmed
	// Delay and Worst foretell, from the configuration, how long this hop holds a page back: at least, and at most.
	Delay Seconds `json:"delay_s,omitempty"`
	Worst Seconds `json:"worst_s,omitempty"`
}

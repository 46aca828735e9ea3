// Package verifytest holds what the tests of every source share: a fake alerting system, faults between it and its
// reader, and the suite that a source must pass before its silence may be taken for proof.
package verifytest

import "time"

// Incident is what the fake alerting system knows of one incident. Its times are exact; a server tells them as coarsely
// as the system it plays.
type Incident struct {
	ID       string
	Service  string
	Title    string
	Urgency  string // "high" if empty
	Opened   time.Time
	Resolved time.Time // zero while it is open
	// Fields replaces fields of the incident as it is told. Absent removes one.
	Fields map[string]any
	// Log are more entries of its log, besides the opening and the resolution by its service; the latter is left out where
	// Fields has a resolve_reason.
	Log []Entry
}

// Entry is one entry in the log of an incident.
type Entry struct {
	ID     string // made from the incident and the number of the entry if empty
	Type   string
	At     time.Time
	Fields map[string]any
}

type absent struct{}

// Absent stands in Fields for a field that is not told at all.
var Absent = absent{}

// with returns a copy of fields in which those of other come first.
func with(fields, other map[string]any) map[string]any {
	all := make(map[string]any, len(fields)+len(other))
	for name, v := range fields {
		all[name] = v
	}
	for name, v := range other {
		all[name] = v
		if v == Absent {
			delete(all, name)
		}
	}
	return all
}

// second tells a time as PagerDuty does: whole seconds, cut off.
func second(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

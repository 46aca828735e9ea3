package judge

import (
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// incidentID tells incidents apart.
type incidentID struct{ source, id string }

// incident is one incident in all the states in which it was seen, the last one kept.
type incident struct {
	verify.Incident
	offset       time.Duration // of the source's clock when it was first seen
	firstSeen    time.Time
	before       time.Time // the last look that did not show it
	resolvedSeen time.Time // the first look that showed it resolved
	// By our clock: the stamp, which bounds the opening, and the estimate of it.
	earliest, opened time.Time
	// The bounds of the closing; zero while it is open.
	resolvedFrom, resolvedTo time.Time
}

func (in *incident) identity() incidentID { return incidentID{in.Source, in.ID} }

// cutOff reports whether a time stamp has been cut off to the whole second: the truth lies in the second that it begins.
func cutOff(t time.Time) bool { return t.Nanosecond() == 0 }

// ours turns a time of the incident's source into one of our clock; zero stays zero.
func (in *incident) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-in.offset)
}

// place works out when the incident was opened, by our clock. The last look that did not show the incident narrows what
// was cut off to a second; nothing was opened after it was seen.
func (in *incident) place() {
	if in.Opened.IsZero() {
		in.earliest, in.opened = in.firstSeen, in.firstSeen
		return
	}
	in.earliest = in.ours(in.Opened)
	in.opened = in.earliest
	if cutOff(in.Opened) {
		in.opened = latest(in.opened, earliest(in.before, in.earliest.Add(time.Second)))
	}
	if in.firstSeen.Before(in.opened) {
		in.opened = in.firstSeen
	}
	in.earliest = earliest(in.earliest, in.opened)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// mayFollow reports whether the incident can have been opened at or after a moment.
func (in *incident) mayFollow(t time.Time) bool {
	if in.firstSeen.Before(t) {
		return false
	}
	end := in.opened
	if cutOff(in.Opened) && !in.Opened.IsZero() {
		end = latest(end, in.earliest.Add(time.Second))
	}
	return !end.Before(t)
}

func (in *incident) noteResolved(seen time.Time) {
	if in.Status == verify.Resolved && in.resolvedSeen.IsZero() {
		in.resolvedSeen = seen
	}
}

// placeResolved works out when the incident was closed. Whoever asks whether it was too early takes the later bound, and
// whoever asks whether it was too late the earlier one: nobody is blamed for what was cut off.
func (in *incident) placeResolved() {
	switch {
	case in.Status != verify.Resolved:
		return
	case in.Resolved.IsZero():
		in.resolvedFrom, in.resolvedTo = in.resolvedSeen, in.resolvedSeen
		return
	}
	in.resolvedFrom = in.ours(in.Resolved)
	in.resolvedTo = in.resolvedFrom
	if !cutOff(in.Resolved) {
		return
	}
	in.resolvedTo = in.resolvedFrom.Add(time.Second)
	if in.resolvedSeen.After(in.resolvedFrom) {
		in.resolvedTo = earliest(in.resolvedTo, in.resolvedSeen)
	}
}

// notified is when the first message went out that did not fail; zero if none did.
func (in *incident) notified() time.Time {
	for _, n := range in.Notified {
		if n.Failed == "" {
			return in.ours(n.At)
		}
	}
	return time.Time{}
}

func (in *incident) acknowledged() time.Time { return in.ours(in.Acknowledged) }

// corrected is the incident with all its times by our clock.
func (in *incident) corrected() verify.Incident {
	page := in.Incident
	page.Opened, page.Acknowledged, page.Resolved = in.ours(page.Opened), in.ours(page.Acknowledged), in.ours(page.Resolved)
	page.Notified = slices.Clone(in.Notified)
	for i := range page.Notified {
		page.Notified[i].At = in.ours(page.Notified[i].At)
	}
	return page
}

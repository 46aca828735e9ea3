package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/failurefriday/friday/verify"
)

// Sees lists the hops that a mailbox can tell of.
func (s *Source) Sees() []verify.Hop {
	return []verify.Hop{verify.NotificationAccepted, verify.IncidentCreated, verify.ResponderNotified}
}

// Trace tells, of the expectations on this source, which one the rules can never meet, and how many mails no rule fits.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	seen, err := s.box.look(ctx)
	if err != nil {
		return nil, err
	}
	var found []verify.Evidence
	if text, answer := unread(seen.mails); text != "" {
		found = append(found, s.evidence(verify.Evidence{Hop: verify.IncidentCreated, Text: text, Answer: answer}))
	}
	for _, e := range expected {
		if e.Source == s.name && !e.MustNot {
			found = append(found, s.never(e)...)
		}
	}
	return found, nil
}

// never tells of fields that are expected and that no rule extracts.
func (s *Source) never(e verify.Expectation) []verify.Evidence {
	var found []verify.Evidence
	for _, f := range e.Match.Fields() {
		name, isLabel := label(f.Name)
		given := name == "title" || name == "key" || isLabel && (name == "from" || name == "to")
		if given || s.rules.extracts[name] || f.Pattern.Match("") {
			continue
		}
		found = append(found, s.evidence(verify.Evidence{
			Hop: verify.IncidentCreated, State: verify.Broken, Kind: "SF-15", Expectation: e.ID,
			Text:   fmt.Sprintf("no rule for mails extracts %q, so no incident can have %s %s", name, f.Name, f.Pattern),
			Advice: fmt.Sprintf("let a rule extract %s, or expect a title", name),
		}))
	}
	return found
}

// Follow begins to follow the mails that are expected.
func (s *Source) Follow(expected []verify.Expectation) verify.Trail {
	t := &trail{source: s}
	for _, e := range expected {
		if e.Source == s.name && !e.MustNot {
			t.expected = append(t.expected, e)
		}
	}
	return t
}

// trail remembers where the mailbox ended when the step began.
type trail struct {
	source   *Source
	expected []verify.Expectation
	looked   bool
	validity uint32
	from     imap.UID // the first UID of the step
}

// Look reads what is new, and tells of each expectation how far its mail has come since the fault.
func (t *trail) Look(ctx context.Context, fault time.Time) ([]verify.Evidence, error) {
	seen, err := t.source.box.look(ctx)
	if err != nil {
		return nil, err
	}
	if !t.looked || seen.validity != t.validity && fault.IsZero() {
		t.looked, t.validity, t.from = true, seen.validity, seen.next
	}
	if fault.IsZero() {
		return nil, nil
	}
	if seen.validity != t.validity {
		t.validity, t.from = seen.validity, 0 // by their time stamps alone
	}
	offset, _ := t.source.Offset()
	since := fault.Add(offset).Truncate(time.Second)
	var fresh []item
	for _, m := range seen.mails {
		if m.means != foreign && m.uid >= t.from && (!m.at.Before(since) || !m.after.IsZero() && !m.after.Before(fault)) {
			fresh = append(fresh, m)
		}
	}
	var found []verify.Evidence
	pages := t.source.pages(seen)
	for _, e := range t.expected {
		for _, ev := range t.tell(e, pages, fresh, since, offset) {
			ev.Expectation = e.ID
			found = append(found, t.source.evidence(ev))
		}
	}
	return found, nil
}

// tell is what the mails say of one expectation.
func (t *trail) tell(e verify.Expectation, pages []page, fresh []item, since time.Time, offset time.Duration) []verify.Evidence {
	for _, p := range pages {
		if p.Opened.Before(since) || !e.Match.Fits(p.Incident) {
			continue
		}
		at := p.Opened.Add(-offset)
		return []verify.Evidence{
			{
				Hop: verify.NotificationAccepted, State: verify.OK, At: at, Text: fmt.Sprintf("the mailbox took the mail %q", cut(p.Title, 80)),
				Answer: "from: " + p.Labels["from"] + ", to: " + p.Labels["to"],
			},
			{Hop: verify.IncidentCreated, State: verify.OK, At: at, Text: fmt.Sprintf("the mail opened incident %s", p.ID)},
			{Hop: verify.ResponderNotified, State: verify.OK, At: at, Text: fmt.Sprintf("the mail lies in the mailbox of %s", p.Notified[0].Who)},
		}
	}
	if ev, ok := swallowed(e, pages, since); ok {
		return []verify.Evidence{ev}
	}
	lost := verify.Evidence{Hop: verify.IncidentCreated, State: verify.Waiting}
	text, answer := unread(fresh)
	switch {
	case text != "":
		lost.Kind, lost.Text, lost.Answer = "SF-15", text, answer
		lost.Advice = "the rules do not know these mails: write a rule for them, or name the preset of whoever sends them"
	case len(fresh) > 0:
		lost.Kind, lost.Answer = "SF-15", told(fresh[len(fresh)-1])
		lost.Text = fmt.Sprintf("%s came, and none opened an incident that is expected; the last one was %q", mails(len(fresh)), cut(fresh[len(fresh)-1].subject, 80))
		lost.Advice = "compare what the rules extract with what is expected"
	default:
		lost.Kind, lost.Text = "SF-16", "no mail has come since the fault"
		lost.Advice = "look for the mail in the queue and the log of the mail server, in the spam folder and in the log of whoever sends it"
	}
	return []verify.Evidence{lost}
}

// swallowed tells of a mail that came and went into an incident that was open already.
func swallowed(e verify.Expectation, pages []page, since time.Time) (verify.Evidence, bool) {
	for _, p := range pages {
		last := p.Notified[len(p.Notified)-1].At
		if !p.Opened.Before(since) || last.Before(since) || !e.Match.Fits(p.Incident) {
			continue
		}
		return verify.Evidence{
			Hop: verify.IncidentCreated, State: verify.Broken, Kind: "SF-17",
			Text:   fmt.Sprintf("the mail went into incident %s, which no mail had closed before", p.ID),
			Answer: fmt.Sprintf("%s, opened %s, last told of %s", p.Status, p.Opened.Format(time.RFC3339), last.Format(time.RFC3339)),
			Advice: "let the monitor send a mail when it is over, too, and begin with nothing open",
		}, true
	}
	return verify.Evidence{}, false
}

func (s *Source) evidence(ev verify.Evidence) verify.Evidence {
	ev.Source, ev.Request = s.name, examine+" "+s.box.mailbox+", "+fetch
	if ev.At.IsZero() {
		ev.At = time.Now()
	}
	ev.At = ev.At.UTC()
	return ev
}

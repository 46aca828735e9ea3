package monit

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Trace tells, before anything is broken, which services are not checked, and how long each hop takes: Monit checks once
// a cycle, and a test may have to fail for several.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	var found []verify.Evidence
	for _, e := range expected {
		if e.MustNot || !s.follows(e) {
			continue
		}
		for _, ev := range l.foretell(e) {
			ev.Source, ev.Expectation, ev.At = s.name, e.ID, time.Now().UTC()
			found = append(found, ev)
		}
	}
	return found, nil
}

func (l *look) foretell(e verify.Expectation) []verify.Evidence {
	meant := l.meant(e)
	if len(meant) == 0 {
		return []verify.Evidence{l.stranger(e)}
	}
	var found []verify.Evidence
	var quickest, slowest time.Duration
	for i, v := range meant {
		if ev := l.collected(v, time.Time{}); ev.State == verify.Broken {
			found = append(found, ev)
		}
		every := v.every(&l.status)
		if i == 0 || every < quickest {
			quickest = every
		}
		slowest = max(slowest, every)
	}
	collected := l.evidence(verify.Collected, meant[0])
	collected.Worst = verify.Seconds(slowest)
	collected.Text = fmt.Sprintf("%s is checked every %s", meant[0].Name, verify.Seconds(meant[0].every(&l.status)))
	collected.Answer = fmt.Sprintf("poll: %d, every: %d", l.Server.Poll, meant[0].Every.Number)
	found = append(found, collected)
	if l.cycles > 1 {
		more := time.Duration(l.cycles - 1)
		pending := l.evidence(verify.Pending, meant[0])
		pending.Delay, pending.Worst = verify.Seconds(more*quickest), verify.Seconds(more*slowest)
		pending.Text = fmt.Sprintf("Monit alerts after %d cycles", l.cycles)
		pending.Answer = collected.Answer
		found = append(found, pending)
	}
	return found
}

// Audit finds services that nobody would be told of.
func (s *Source) Audit(ctx context.Context) ([]verify.Finding, error) {
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	var found []verify.Finding
	for i := range l.Services {
		v := &l.Services[i]
		ev := l.collected(v, time.Time{})
		if ev.State != verify.Broken {
			continue
		}
		found = append(found, verify.Finding{
			Kind: ev.Kind, Check: map[string]string{"SF-10": "not-monitored", "SF-03": "stalled"}[ev.Kind], Severity: verify.Severe,
			Source: s.name, Subject: "service " + v.Name, Text: ev.Text, Advice: ev.Advice,
		})
	}
	return found, nil
}

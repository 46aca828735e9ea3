package icinga2

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// Trace tells, before anything is broken, what would keep the pages that are expected from coming, and how long each hop
// takes by the configuration.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	w, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	found := append([]verify.Evidence(nil), w.hidden...)
	for _, e := range expected {
		if e.MustNot || !s.follows(e) {
			continue
		}
		for _, ev := range w.foretell(e) {
			ev.Source, ev.Expectation, ev.At = s.name, e.ID, time.Now().UTC()
			s.scrub(&ev)
			found = append(found, ev)
		}
	}
	return found, nil
}

func (w *world) foretell(e verify.Expectation) []verify.Evidence {
	meant := w.meant(e)
	if len(meant) == 0 {
		return []verify.Evidence{w.stranger(e)}
	}
	var found []verify.Evidence
	for _, c := range meant {
		for _, ev := range []verify.Evidence{w.collected(c, time.Time{}), w.evaluated(c), w.router(c)} {
			if ev.State == verify.Broken || ev.Kind == "SF-05" {
				found = append(found, ev)
			}
		}
		if o := w.obstacle(c, c.gravest()); o != nil {
			ev := c.evidence(verify.Routed)
			broken(&ev, o.kind, o.text, o.advice)
			ev.Request, ev.Answer = request(o.list), o.answer
			found = append(found, ev)
		}
	}
	return append(found, w.budget(meant, e.Source == w.s.name)...)
}

// budget is how long a page takes: Icinga checks every check_interval, and once a check has failed every retry_interval,
// until max_check_attempts have been made; then a notification may wait for times.begin. Where the page may come of any
// of several objects, the quickest bounds it from below and the slowest from above. The incident of Icinga itself is the
// HARD state.
func (w *world) budget(meant []*checkable, own bool) []verify.Evidence {
	check, hard, told := spread{}, spread{}, spread{}
	for _, c := range meant {
		if c.Active == 0 {
			continue
		}
		every, retry, n := c.Every.span(), c.Retry.span(), time.Duration(max(0, int(c.Attempts)-1))
		check.add(0, every+c.took())
		hard.add(n*soonest(retry), n*(retry+c.took()))
		told.add(w.begin(c))
	}
	var found []verify.Evidence
	say := func(hop verify.Hop, s spread, text string) {
		if s.worst > 0 {
			found = append(found, verify.Evidence{
				Hop: hop, Delay: verify.Seconds(s.best), Worst: verify.Seconds(s.worst), Text: text, Request: request(meant[0].list()),
				Answer: fmt.Sprintf("%s: check_interval: %g, retry_interval: %g, max_check_attempts: %g", meant[0].key, meant[0].Every, meant[0].Retry, meant[0].Attempts),
			})
		}
	}
	say(verify.Collected, check, fmt.Sprintf("%s is checked every %s", meant[0].what(), verify.Seconds(meant[0].Every.span())))
	say(verify.Firing, hard, fmt.Sprintf("HARD after %s, %s apart", attempts(int(meant[0].Attempts)), verify.Seconds(meant[0].Retry.span())))
	if !own {
		say(verify.NotificationAccepted, told, "the notification waits for the begin of its times")
	}
	return found
}

// spread is from the quickest to the slowest.
type spread struct {
	best, worst time.Duration
	some        bool
}

func (s *spread) add(best, worst time.Duration) {
	if !s.some || best < s.best {
		s.best = best
	}
	s.worst, s.some = max(s.worst, worst), true
}

// soonest is the shortest time between two checks that are an interval apart: Icinga spreads checks by running them up to
// half a second and a twentieth of the interval early, where that is longer than a second (Checkable::UpdateNextCheck).
func soonest(interval time.Duration) time.Duration {
	if interval <= time.Second {
		return interval
	}
	return max(0, interval-interval/20-500*time.Millisecond)
}

// delayed is how often Icinga looks for notifications whose time has come (NotificationComponent).
const delayed = 5 * time.Second

// begin is how long the quickest notification of an object waits.
func (w *world) begin(c *checkable) (best, worst time.Duration) {
	first := true
	for i := range w.notes[c.key] {
		wait := w.notes[c.key][i].times().Begin.span()
		if first || wait < best {
			best, first = wait, false
		}
	}
	if best == 0 {
		return 0, 0
	}
	return best, best + delayed
}

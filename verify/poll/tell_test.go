package poll

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failurefriday/friday/verify"
)

// seen runs a poller over one answer and returns the ids that it told.
func seen(t *testing.T, o Options, wait time.Duration) (*bench, []string) {
	t.Helper()
	b := run(t, o)
	b.after(wait)
	b.stop()
	var ids []string
	for _, e := range b.of(verify.IncidentSeen) {
		ids = append(ids, e.Incident.ID)
	}
	return b, ids
}

func always(incidents ...verify.Incident) func(int) ([]verify.Incident, error) {
	return func(int) ([]verify.Incident, error) { return incidents, nil }
}

func TestOpenedBeforeSince(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name   string
		opened time.Duration // from Since, by the source's clock; Since is 300 ms past a second
		ahead  time.Duration
		known  bool
		told   bool
	}{
		{"well before, whole second", -1300 * ms, 0, true, false},
		{"the second before, which ended before", -2300 * ms, 0, true, false},
		{"the same second, cut off", -300 * ms, 0, true, true},
		{"a fraction before", -1 * ms, 0, true, false},
		{"exactly", 0, 0, true, true},
		{"a fraction after", 1 * ms, 0, true, true},
		{"their clock is ahead: before", 4700 * ms, 7 * time.Second, true, false},
		{"their clock is ahead: after", 6700 * ms, 7 * time.Second, true, true},
		{"their clock is behind: after", -6300 * ms, -7 * time.Second, true, true},
		{"their clock is behind: before", -8300 * ms, -7 * time.Second, true, false},
		{"nobody knows their clock", -8300 * ms, 0, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				since := time.Now().Truncate(time.Second).Add(300 * ms)
				in := verify.Incident{ID: "P1", Opened: since.Add(c.opened), Status: verify.Resolved}
				src := clocked{&fake{answer: always(in)}, c.ahead, c.known}
				if _, ids := seen(t, Options{Source: src, Since: since}, time.Second); (len(ids) == 1) != c.told {
					t.Errorf("told %v, want told: %v", ids, c.told)
				}
			})
		})
	}
}

func TestSourceWithoutAClockIsTakenForOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		src := &fake{answer: always(
			verify.Incident{ID: "OLD", Opened: now.Add(-2 * time.Second)}, verify.Incident{ID: "NEW", Opened: now},
		)}
		if _, ids := seen(t, Options{Source: src}, time.Second); len(ids) != 1 || ids[0] != "NEW" {
			t.Errorf("told %v, want NEW", ids)
		}
	})
}

func TestKnownAreNeverTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &fake{answer: func(n int) ([]verify.Incident, error) {
			at := time.Now()
			return []verify.Incident{{ID: "OLD", Opened: at}, {ID: "NEW", Opened: at}}, nil // changes each time
		}}
		_, ids := seen(t, Options{Source: src, Known: map[string]bool{"OLD": true}}, 6*time.Second)
		if len(ids) != 2 || ids[0] != "NEW" || ids[1] != "NEW" {
			t.Errorf("told %v, want NEW twice", ids)
		}
	})
}

func TestChangesAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().UTC()
		src := &fake{takes: 100 * time.Millisecond, answer: func(n int) ([]verify.Incident, error) {
			in := verify.Incident{ID: "P1", Opened: start, Status: verify.Triggered, Labels: map[string]string{"a": "b"}}
			switch {
			case n == 0:
				return nil, nil
			case n == 1:
				return nil, errors.New("down")
			case n >= 4:
				in.Status, in.Resolved = verify.Resolved, start.Add(time.Minute)
			}
			return []verify.Incident{in}, nil
		}}
		b, ids := seen(t, Options{Source: src}, 50*time.Second)
		if len(ids) != 2 {
			t.Fatalf("told %d times, want once new and once resolved", len(ids))
		}
		all := b.of(verify.IncidentSeen)
		if first := all[0].Incident; first.Status != verify.Triggered || !first.Before.Equal(start) {
			t.Errorf("first told as %s, with the last look without it at %s; want triggered, and the only good look at %s", first.Status, first.Before, start)
		}
		if second := all[1].Incident; second.Status != verify.Resolved || !second.Before.IsZero() {
			t.Errorf("then told as %s, before %s", second.Status, second.Before)
		}
		if asked := src.asked[2]; !all[0].At.Equal(asked.Add(src.takes)) {
			t.Errorf("told at %s; the answer to the request of %s took %s", all[0].At, asked, src.takes)
		}
	})
}

func TestFirstLookHasNoLookBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := seen(t, Options{Source: &fake{answer: always(verify.Incident{ID: "P1", Opened: time.Now()})}}, time.Second)
		if all := b.of(verify.IncidentSeen); len(all) != 1 || !all[0].Incident.Before.IsZero() {
			t.Errorf("told %+v", all)
		}
	})
}

func TestReadToIsWhenItWasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, Options{Source: &fake{takes: 3 * time.Second}})
		b.after(2 * time.Second)
		if !b.ReadTo().IsZero() {
			t.Errorf("read to %s before the answer was there", b.ReadTo())
		}
		b.after(2 * time.Second)
		b.stop()
		if !b.ReadTo().Equal(b.start) {
			t.Errorf("read to %s, want %s, when it was asked", b.ReadTo(), b.start)
		}
	})
}

func TestOffset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := clocked{&fake{}, 90 * time.Second, true}
		b, _ := seen(t, Options{Source: src}, time.Second)
		if got, want := src.since[0], b.start.Add(89*time.Second); !got.Equal(want) {
			t.Errorf("asked for what was opened since %s, want %s: their clock, and a second to be sure", got, want)
		}
		polls := b.of(verify.Polled)
		if len(polls) != 1 {
			t.Fatalf("%d polls", len(polls))
		}
		p := polls[0].Poll
		if p.Offset.Duration() != 90*time.Second || !p.OffsetKnown || p.Source != "src" || p.Requests != 3 || !p.Asked.Equal(b.start) || !p.Since.Equal(b.start) {
			t.Errorf("poll is told as %+v", *p)
		}
	})
}

package judge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// TestIndexFindsWhatFits: the index finds, in order, what testing one incident after the other finds.
func TestIndexFindsWhatFits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	words := []string{"checkout", "payments", "search", "down", "slow", ""}
	word := func() string { return words[random.IntN(len(words))] }
	patterns := []match.Pattern{
		{},
		{},
		match.Must("checkout"), match.Must("nowhere"), match.Must("/o/"), match.Must("!checkout"), match.Must("checkout", "/s/"),
		match.Must("!/o/"), match.Must(""),
	}
	pattern := func() match.Pattern { return patterns[random.IntN(len(patterns))] }
	var all []*incident
	for i := range 300 {
		all = append(all, &incident{Incident: verify.Incident{
			ID: fmt.Sprint(i), Source: []string{"pd", "mail"}[random.IntN(2)], Service: word(), Title: word() + " " + word(), Key: word(),
			Urgency: word(), Labels: map[string]string{"team": word()},
		}})
	}
	x := newIndex(all)
	for range 500 {
		want := verify.Expectation{Source: []string{"pd", "mail", "none"}[random.IntN(3)], Match: verify.Match{
			Service: pattern(), Title: pattern(), Key: pattern(), Urgency: pattern(), Labels: map[string]match.Pattern{"team": pattern()},
		}}
		var fit []*incident
		for _, in := range all {
			if in.Source == want.Source && want.Match.Fits(in.Incident) {
				fit = append(fit, in)
			}
		}
		if got := x.matches(want); !slices.Equal(got, fit) {
			t.Fatalf("%+v: the index finds %d incidents, %d fit", want.Match, len(got), len(fit))
		}
	}
}

// TestNear: something of what says which alert it is must be the same, and the most alike comes first.
func TestNear(t *testing.T) {
	page := func(id, service, title string) func(*verify.Incident) {
		return func(in *verify.Incident) { in.ID, in.Service, in.Title = id, service, title }
	}
	want := with(func(e *verify.Expectation) { e.Match.Urgency = match.Must("low") })
	s := tell(want).begin().breaks()
	s.page(7, page("other", "payments", "payments is slow")).page(8, page("service", "checkout", "disk full"))
	for i := range 10 {
		s.page(9, page(fmt.Sprint("more ", i), "checkout", "disk full"))
	}
	_, res := judged(t, s.page(10, page("best", "checkout", "checkout is down")).poll(16, "").ends())
	if res.Verdict != Wrong || len(res.Near) != mostNear || res.Near[0].ID != "best" || res.Near[1].ID != "service" {
		t.Fatalf("%s: %+v", res.Verdict, res.Near)
	}
	if says := res.Near[0].Says; !slices.Equal(says, []string{`urgency is "high", not low`}) {
		t.Errorf("%q", says)
	}
	_, res = judged(t, tell(want).begin().breaks().page(7, page("other", "payments", "payments is slow")).poll(16, "").ends())
	if res.Verdict != Silent || len(res.Near) != 0 {
		t.Errorf("nothing in common is not near: %s, %v", res.Verdict, res.Near)
	}
}

// TestSwallowedByAnEarlierStep: an incident that an earlier step left open takes the page of the next one in.
func TestSwallowedByAnEarlierStep(t *testing.T) {
	two := func(second verify.Expectation, resolved bool) Result {
		s := tell(expectCheckout()).begin().breaks().page(8, nil).poll(9, "")
		if resolved {
			s.page(40, func(in *verify.Incident) {
				in.Opened = s.at(8)
				resolvedAt(40)(in)
			})
		}
		rec, res := judged(t, s.mends().stepOver(60).next(second).breaks().poll(16, "").ends())
		if res.Verdict != Pass {
			t.Fatalf("first step: %s: %s", res.Verdict, res.Reason)
		}
		return rec.Steps[1].Results[0]
	}
	if res := two(expectCheckout(), false); res.Verdict != Inconclusive || res.Kind != "SF-17" || !strings.Contains(res.Reason, "deduplicated into incident P1") {
		t.Errorf("still open: %s %s: %s", res.Verdict, res.Kind, res.Reason)
	}
	if res := two(with(func(e *verify.Expectation) { e.AllowOpen = true }), false); res.Verdict != Silent || res.Kind != "SF-17" {
		t.Errorf("still open, and allowed to: %s %s: %s", res.Verdict, res.Kind, res.Reason)
	}
	if res := two(expectCheckout(), true); res.Verdict != Silent || res.Kind == "SF-17" {
		t.Errorf("resolved: %s %s: %s", res.Verdict, res.Kind, res.Reason)
	}
}

// TestBaselineToldTwice: an incident of the baseline stays one, whatever a poll says of it later.
func TestBaselineToldTwice(t *testing.T) {
	s := tell(with(func(e *verify.Expectation) { e.AllowOpen = true })).begin().open(nil).breaks()
	rec, res := judged(t, s.page(8, func(in *verify.Incident) { in.ID = "P0" }).poll(16, "").ends())
	if res.Verdict != Silent || res.Kind != "SF-17" || len(rec.Pages) != 0 {
		t.Errorf("%s %s, %d pages: %s", res.Verdict, res.Kind, len(rec.Pages), res.Reason)
	}
}

// TestOverBefore: what was over before anything was broken is no page of this run, though a poll from the run's beginning on
// tells of it.
func TestOverBefore(t *testing.T) {
	for resolved, want := range map[float64]int{2: 0, 4.95: 1, 8: 1} {
		rec, _ := judged(t, tell(expectCheckout()).begin().page(1, resolvedAt(resolved)).breaks().poll(16, "").ends())
		lanes := 0
		for _, lane := range rec.Lanes {
			if lane.Kind == LaneIncident {
				lanes++
			}
		}
		if len(rec.Pages) != want || lanes != want {
			t.Errorf("resolved at %gs: %d pages, %d lanes, want %d", resolved, len(rec.Pages), lanes, want)
		}
	}
	control := tell(expectCheckout()).begin().page(1, resolvedAt(2)).poll(16, "").ends()
	control.events[0].Run.Control = true
	if rec, _ := judged(t, control); len(rec.Pages) != 1 {
		t.Errorf("negative control: %d pages", len(rec.Pages))
	}
}

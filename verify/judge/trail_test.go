package judge

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// sight is one thing that a follower tells of the only expectation.
type sight struct {
	at     float64
	source string
	hop    verify.Hop
	state  verify.State
	text   string
	kind   string
}

// follows plays what the followers saw, and a good look of each at the end of the hold.
func follows(s *story, seen []sight, failed string) *story {
	for _, x := range seen {
		s.says(x.at, 1, verify.Evidence{
			Hop: x.hop, State: x.state, Source: x.source, Expectation: "1.1", At: s.at(x.at), Text: x.text, Kind: x.kind, Advice: "advice of " + x.text,
		})
	}
	for _, source := range []string{"prom", "am"} {
		s.look(16, source, failed)
	}
	return s
}

// look is a look at the hops, asked at a moment.
func (s *story) look(at float64, source, err string) *story {
	return s.add(at+0.01, verify.Event{Type: verify.Followed, Step: s.number, Error: err, Poll: &verify.PollEvent{
		Source: source, Asked: s.at(at), Requests: 5, Bytes: 1000,
	}})
}

// TestWhereThePageWasLost: the first hop behind all that the page was seen to pass explains the silence.
func TestWhereThePageWasLost(t *testing.T) {
	const ok, waiting, broken, unknown = verify.OK, verify.Waiting, verify.Broken, verify.Unknown
	pending := sight{6, "prom", verify.Pending, ok, "pending", ""}
	firing := sight{8, "prom", verify.Firing, ok, "fires", ""}
	for name, c := range map[string]struct {
		seen   []sight
		failed string
		kind   string
		hop    verify.Hop
		says   string
	}{
		"pending to the end": {
			[]sight{pending, {7, "prom", verify.Firing, waiting, "pending for 12s, needs 5m", "SF-09"}},
			"", "SF-09", verify.Firing, "nobody was paged: pending for 12s, needs 5m",
		},
		"pending, and then nobody could look": {
			[]sight{pending, {7, "prom", verify.Firing, waiting, "pending for 1s", "SF-09"}},
			"refused", "", verify.IncidentCreated, "nobody was paged within",
		},
		"went on after it was waited for": {
			[]sight{pending, {7, "prom", verify.Firing, waiting, "pending", "SF-09"}, firing, {9, "am", verify.Routed, broken, "silenced by alice", "SF-12"}},
			"", "SF-12", verify.Routed, "silenced by alice",
		},
		"an early hop looked broken and was passed": {
			[]sight{{6, "prom", verify.Collected, broken, "the scrape fails", "SF-04"}, pending, firing, {9, "am", verify.NotificationAccepted, broken, "400", "SF-16"}},
			"", "SF-16", verify.NotificationAccepted, "nobody was paged: 400",
		},
		"evaluated is not passed": {
			[]sight{{6, "prom", verify.Collected, broken, "no series", "SF-04"}, {6, "prom", verify.RuleEvaluated, ok, "evaluated", ""}},
			"", "SF-04", verify.Collected, "no series",
		},
		"sent to another router": {
			[]sight{pending, firing, {9, "prom", verify.HandedToRouter, ok, "sent", ""}, {9, "am", verify.HandedToRouter, waiting, "the alert is not here", "SF-11"}},
			"", "SF-11", verify.HandedToRouter, "the alert is not here",
		},
		"told after the hold": {
			[]sight{pending, firing, {30, "am", verify.Routed, broken, "silenced", "SF-12"}},
			"", "", verify.IncidentCreated, "nobody was paged within",
		},
		"the kind of a hop without one": {
			[]sight{pending, firing, {9, "am", verify.HandedToRouter, broken, "12 errors", ""}},
			"", "SF-11", verify.HandedToRouter, "12 errors",
		},
		"the alert lives in another Prometheus": {
			[]sight{{6, "other", verify.RuleEvaluated, broken, "no rule of that name", "SF-25"}, pending, {7, "prom", verify.Firing, waiting, "pending", "SF-09"}},
			"", "SF-09", verify.Firing, "pending",
		},
		"the alert lives nowhere": {
			[]sight{{6, "prom", verify.RuleEvaluated, broken, "no rule of that name", "SF-25"}, {6, "am", verify.HandedToRouter, waiting, "not here", ""}},
			"", "SF-25", verify.RuleEvaluated, "no rule of that name",
		},
		"all was well up to the provider": {
			[]sight{pending, firing, {9, "am", verify.Routed, ok, "routed", ""}, {9.5, "am", verify.NotificationAccepted, ok, "accepted", ""}},
			"", "", verify.IncidentCreated, "nobody was paged within",
		},
		"nobody knows": {[]sight{{6, "prom", verify.Pending, unknown, "could not look", ""}}, "", "", verify.IncidentCreated, "nobody was paged within"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(expectCheckout()).begin().breaks().poll(16, "")
			early, late := c.seen, []sight(nil)
			for i, x := range c.seen {
				if x.at > 25 {
					early, late = c.seen[:i], c.seen[i:]
					break
				}
			}
			s = follows(s, early, c.failed).mends()
			for _, x := range late {
				s.says(x.at, 1, verify.Evidence{Hop: x.hop, State: x.state, Source: x.source, Expectation: "1.1", Text: x.text, Kind: x.kind})
			}
			_, res := judged(t, s.over(60))
			if res.Verdict != Silent || res.Kind != c.kind || res.Broken == nil || res.Broken.Hop != c.hop || !strings.Contains(res.Reason, c.says) {
				t.Fatalf("%s %s, broken %v: %s", res.Verdict, res.Kind, res.Broken, res.Reason)
			}
			if res.Broken.State != broken {
				t.Errorf("the broken hop is %q", res.Broken.State)
			}
			for _, hop := range res.Hops[:c.hop] {
				if hop.State == broken {
					t.Errorf("%s is broken as well: %s", hop.Hop, hop.Text)
				}
			}
		})
	}
}

// TestSomebodyNoticed: dead watchers explain nothing where the alert fired all the same.
func TestSomebodyNoticed(t *testing.T) {
	s := tell(expectCheckout()).watched(tie).begin().pulse(2, verify.Watcher, "check", true, "8").breaks().pulse(5.3, verify.Watcher, "check", false, "")
	s = follows(s, []sight{{7, "prom", verify.Firing, verify.OK, "fires", ""}, {8, "am", verify.Routed, verify.Broken, "inhibited", "SF-13"}}, "")
	if _, res := judged(t, s.poll(16, "").ends()); res.Kind != "SF-13" || res.Broken == nil || res.Broken.Hop != verify.Routed {
		t.Errorf("%s, broken %v: %s", res.Kind, res.Broken, res.Reason)
	}
	s = tell(expectCheckout()).watched(tie).begin().pulse(2, verify.Watcher, "check", true, "8").breaks().pulse(5.3, verify.Watcher, "check", false, "")
	s = follows(s, []sight{{7, "prom", verify.Pending, verify.OK, "pending", ""}, {8, "prom", verify.Firing, verify.Waiting, "no data any more", "SF-04"}}, "")
	if _, res := judged(t, s.poll(16, "").ends()); res.Kind != "SF-01" || res.Broken == nil || res.Broken.Hop != verify.Collected {
		t.Errorf("a monitor that got as far as pending before it died: %s, broken %v: %s", res.Kind, res.Broken, res.Reason)
	}
}

// TestAnotherIncidentHidesNothing: where the page itself was seen and lost, a neighbour's incident is only a neighbour.
func TestAnotherIncidentHidesNothing(t *testing.T) {
	other := func(in *verify.Incident) { in.Title = "disk full" }
	firing := sight{7, "prom", verify.Firing, verify.OK, "fires", ""}
	silenced := sight{8, "am", verify.Routed, verify.Broken, "silenced by alice", "SF-12"}
	for name, c := range map[string]struct {
		seen []sight
		want Verdict
		kind string
	}{
		"silenced":            {[]sight{firing, silenced}, Silent, "SF-12"},
		"sent elsewhere":      {[]sight{firing, {8, "am", verify.Routed, verify.Broken, "label team is missing", "SF-15"}}, Wrong, "SF-23"},
		"the rule is missing": {[]sight{{6, "prom", verify.RuleEvaluated, verify.Broken, "no such rule", "SF-25"}}, Wrong, "SF-23"},
		"nothing was seen":    {nil, Wrong, "SF-23"},
	} {
		_, res := judged(t, follows(tell(expectCheckout()).begin().breaks().page(8, other), c.seen, "").poll(16, "").ends())
		if res.Verdict != c.want || res.Kind != c.kind || len(res.Near) != 1 {
			t.Errorf("%s: %s %s, near %v: %s", name, res.Verdict, res.Kind, res.Near, res.Reason)
		}
	}
}

// TestBothEndsOfThePage: the key that the router sent is that of the incident, whatever the incident is called.
func TestBothEndsOfThePage(t *testing.T) {
	sent := verify.Evidence{Hop: verify.NotificationAccepted, State: verify.OK, Source: "am", Expectation: "1.1", Key: "k1", Text: "accepted"}
	s := tell(expectCheckout()).begin().open(func(in *verify.Incident) { in.Key, in.Title, in.Service = "k1", "an old name", "other" })
	_, res := judged(t, s.breaks().says(8, 1, sent).look(15, "am", "").poll(16, "").ends())
	if res.Verdict != Silent || res.Kind != "SF-17" || res.Broken == nil || res.Broken.Hop != verify.IncidentCreated || !strings.Contains(res.Reason, `P0 "an old name"`) {
		t.Errorf("%s %s, broken %v: %s", res.Verdict, res.Kind, res.Broken, res.Reason)
	}
	s = tell(expectCheckout()).begin().breaks().says(8, 1, sent).page(9, func(in *verify.Incident) { in.Key = "k1" })
	if _, res = judged(t, s.poll(16, "").ends()); !strings.Contains(res.Hops[verify.IncidentCreated].Text, "with the key that the page was sent with") {
		t.Errorf("%+v", res.Hops[verify.IncidentCreated])
	}
	s = tell(expectCheckout()).begin().open(func(in *verify.Incident) { in.Key, in.Service = "k2", "other" })
	if _, res = judged(t, s.breaks().says(8, 1, sent).look(15, "am", "").poll(16, "").ends()); res.Kind == "SF-17" {
		t.Errorf("an incident of another key took the page in: %s", res.Reason)
	}
}

// TestLateByWhichHop: a page that came late names the hop before which the time went by.
func TestLateByWhichHop(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks()
	s = follows(s, []sight{
		{6, "prom", verify.Pending, verify.OK, "pending", ""}, {15, "prom", verify.Firing, verify.OK, "fires", ""}, {15.5, "am", verify.Routed, verify.OK, "routed", ""},
	}, "")
	_, res := judged(t, s.page(16, nil).poll(17, "").ends())
	if res.Verdict != Late || res.Broken == nil || res.Broken.Hop != verify.Firing || !strings.Contains(res.Broken.Text, "9s of 11s went by before this hop") {
		t.Errorf("%s, broken %v: %s", res.Verdict, res.Broken, res.Reason)
	}
	if at := res.Hops[verify.Pending]; at.State != verify.OK || !at.At.Equal(s.at(6)) || at.Text != "pending" {
		t.Errorf("pending: %+v", at)
	}
}

// TestCanary: a canary that falls silent with the fault explains a silence, and its age is in the record.
func TestCanary(t *testing.T) {
	sings := func(s *story, at float64, ok bool, heard float64) {
		s.add(at, verify.Event{Type: verify.PulseTaken, Step: 1, Pulse: &verify.PulseEvent{
			Role: verify.Watcher, Name: "canary Watchdog", Pulse: verify.Pulse{OK: ok, Heard: s.at(heard)},
		}})
	}
	silence := func(falls bool) *story {
		s := tell(expectCheckout()).begin()
		s.plan.Watchers = []verify.WatcherPlan{{Name: "canary Watchdog", Canary: true}, {Name: "check"}}
		sings(s, 2, true, 1.5)
		s.pulse(2, verify.Watcher, "check", true, "8").breaks()
		if falls {
			sings(s, 8, false, 4.5)
		} else {
			sings(s, 8, true, 7.5)
		}
		s = follows(s, []sight{{7, "prom", verify.Firing, verify.OK, "fires", ""}, {8, "prom", verify.HandedToRouter, verify.Broken, "12 errors", "SF-11"}}, "")
		return s.poll(16, "").ends()
	}
	rec, res := judged(t, silence(true))
	if res.Kind != "SF-02" || res.Broken == nil || res.Broken.Hop != verify.HandedToRouter {
		t.Errorf("%s, broken %v", res.Kind, res.Broken)
	}
	for _, says := range []string{"the canary Watchdog fell silent 3s after the fault", "last heard 500ms before the fault", "besides, 12 errors"} {
		if !strings.Contains(res.Reason, says) {
			t.Errorf("%s\nwant …%s…", res.Reason, says)
		}
	}
	lived := rec.Watchers[0].Steps[0]
	if !rec.Watchers[0].Canary || lived.Age == nil || lived.Age.Duration() != 20500*time.Millisecond || !strings.Contains(lived.Says, "fell silent 3s after the fault") {
		t.Errorf("%+v", lived)
	}
	if _, res = judged(t, silence(false)); res.Kind != "SF-11" {
		t.Errorf("a canary that sang explains a silence: %s %s", res.Kind, res.Reason)
	}
}

// TestBudgetAddsUp: the record holds what the configuration foretold, hop by hop, and a sum that is too long is
// impossible even if no part is.
func TestBudgetAddsUp(t *testing.T) {
	foretold := func(s *story, source string, hop verify.Hop, best, worst float64) {
		s.says(0.5, 0, verify.Evidence{Hop: hop, Source: source, Expectation: "1.1", Delay: seconds(best), Worst: seconds(worst), Text: "it waits"})
	}
	s := tell(expectCheckout()).begin()
	foretold(s, "prom", verify.Collected, 0, 16)
	foretold(s, "prom", verify.Firing, 6, 6)
	foretold(s, "am", verify.Routed, 5, 30)
	foretold(s, "other", verify.Routed, 1, 2)
	_, res := judged(t, s.breaks().poll(16, "").ends())
	if b := res.Budget; res.Verdict != Impossible || b == nil || b.Best != seconds(11) || b.Worst != seconds(52) || len(b.Parts) != 3 {
		t.Errorf("%s, %+v", res.Verdict, b)
	}
}

// TestFollowersAreCounted: what was asked only for the hops is in the record, too.
func TestFollowersAreCounted(t *testing.T) {
	s := tell(expectCheckout())
	s.plan.Sources = append(s.plan.Sources, verify.SourcePlan{Name: "prom", Kind: "prometheus", Follows: true, Sees: []verify.Hop{verify.Firing}})
	rec, _ := judged(t, s.begin().breaks().look(6, "prom", "").look(7, "prom", "503").look(8, "prom", "").poll(16, "").ends())
	src := rec.Sources[1]
	if src.Polls != 3 || src.Failures != 1 || src.Requests != 15 || src.Bytes != 3000 || !src.Follows || len(src.Blind) != 1 || len(src.Sees) != 1 {
		t.Errorf("%+v", src)
	}
}

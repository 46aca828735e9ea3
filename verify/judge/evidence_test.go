package judge

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/verify"
)

// TestEvidenceExplains: what a source has seen broken explains a silence, if it is about this expectation.
func TestEvidenceExplains(t *testing.T) {
	maintenance := verify.Evidence{Hop: verify.Routed, State: verify.Broken, Text: "checkout is in maintenance", Advice: "end the window"}
	about := func(change func(*verify.Evidence)) verify.Evidence {
		e := maintenance
		change(&e)
		return e
	}
	silent := func(step int, e verify.Evidence) *story {
		return tell(expectCheckout()).begin().says(6, step, e).breaks().poll(16, "").ends()
	}
	for name, c := range map[string]struct {
		story *story
		kind  string
		hop   verify.Hop
		says  string
	}{
		"in maintenance":           {silent(0, maintenance), "SF-12", verify.Routed, "checkout is in maintenance"},
		"seen while it was broken": {silent(1, about(func(e *verify.Evidence) { e.Expectation = "1.1" })), "SF-12", verify.Routed, "maintenance"},
		"about another":            {silent(1, about(func(e *verify.Evidence) { e.Expectation = "1.2" })), "", verify.IncidentCreated, "nobody was paged within"},
		"of another source":        {silent(1, about(func(e *verify.Evidence) { e.Source = "mail" })), "", verify.IncidentCreated, "nobody was paged within"},
		"of another step":          {silent(2, maintenance), "", verify.IncidentCreated, "nobody was paged within"},
		"unknown":                  {silent(1, about(func(e *verify.Evidence) { e.State = verify.Unknown })), "", verify.IncidentCreated, "nobody was paged within"},
		"no such hop":              {silent(1, about(func(e *verify.Evidence) { e.Hop = 99 })), "", verify.IncidentCreated, "nobody was paged within"},
		"rejected":                 {silent(1, about(func(e *verify.Evidence) { e.Hop, e.Text = verify.NotificationAccepted, "400" })), "SF-16", verify.NotificationAccepted, "400"},
		"the source knows":         {silent(1, about(func(e *verify.Evidence) { e.Hop, e.Text = verify.IncidentCreated, "dropped" })), "", verify.IncidentCreated, "dropped"},
		"nobody on call, but no incident either": {
			silent(1, about(func(e *verify.Evidence) { e.Hop = verify.ResponderNotified })), "", verify.IncidentCreated, "nobody was paged within",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, c.story)
			if res.Verdict != Silent || res.Kind != c.kind || res.Broken == nil || res.Broken.Hop != c.hop || !strings.Contains(res.Reason, c.says) {
				t.Errorf("%s %s, broken %v: %s", res.Verdict, res.Kind, res.Broken, res.Reason)
			}
			if c.hop == verify.Routed && res.Advice != "end the window" {
				t.Errorf("advice %q", res.Advice)
			}
		})
	}
}

// TestTheLatestWordCounts: what was seen under the fault is better than what was seen before it.
func TestTheLatestWordCounts(t *testing.T) {
	routed := func(text string) verify.Evidence {
		return verify.Evidence{Hop: verify.Routed, State: verify.Broken, Text: text}
	}
	s := tell(expectCheckout()).begin().says(0.5, 0, routed("before")).breaks().says(16, 1, routed("under the fault"))
	if _, res := judged(t, s.poll(16, "").ends()); res.Broken == nil || res.Broken.Text != "under the fault" {
		t.Errorf("broken %v: %s", res.Broken, res.Reason)
	}
}

func TestNobodyOnCall(t *testing.T) {
	nobody := verify.Evidence{Hop: verify.ResponderNotified, State: verify.Broken, Text: "nobody is on call", Advice: "put somebody on call"}
	notify := with(func(e *verify.Expectation) { e.Notified = seconds(10) })
	_, res := judged(t, tell(notify).begin().says(0.5, 0, nobody).breaks().page(7, nil).poll(16, "").ends())
	if res.Verdict != Silent || res.Kind != "SF-20" || res.Broken == nil || res.Broken.Hop != verify.ResponderNotified || !strings.Contains(res.Reason, "nobody is on call") {
		t.Errorf("%s %s, broken %v: %s", res.Verdict, res.Kind, res.Broken, res.Reason)
	}
	_, res = judged(t, tell(notify).begin().breaks().page(7, func(in *verify.Incident) {
		in.Notified = []verify.Notification{{At: in.Opened, Who: "Ann", Channel: "sms", Failed: "carrier"}}
	}).poll(16, "").ends())
	if res.Verdict != Silent || res.Kind != "SF-19" || !strings.Contains(res.Reason, "a message to Ann (sms) was not delivered: carrier") {
		t.Errorf("%s %s: %s", res.Verdict, res.Kind, res.Reason)
	}
}

// TestSlowBeforehand: only what was foretold makes a deadline impossible, and only where nothing came.
func TestSlowBeforehand(t *testing.T) {
	slow := func(e verify.Expectation, step int, by float64) *story {
		hop := verify.IncidentCreated
		if e.Notified > 0 {
			hop = verify.ResponderNotified
		}
		return tell(e).begin().says(0.5, step, verify.Evidence{Hop: hop, Delay: seconds(by), Text: "it waits"}).breaks()
	}
	for name, c := range map[string]struct {
		story *story
		want  Verdict
	}{
		"slower than the deadline":   {slow(expectCheckout(), 0, 11).poll(16, ""), Impossible},
		"as slow as the deadline":    {slow(expectCheckout(), 0, 10).poll(16, ""), Silent},
		"seen in the step":           {slow(expectCheckout(), 1, 11).poll(16, ""), Silent},
		"it came all the same":       {slow(expectCheckout(), 0, 11).page(8, nil).poll(16, ""), Pass},
		"too slow for the responder": {slow(with(func(e *verify.Expectation) { e.Notified = seconds(5) }), 0, 6).page(7, nil).poll(16, ""), Impossible},
	} {
		t.Run(name, func(t *testing.T) {
			if _, res := judged(t, c.story.ends()); res.Verdict != c.want {
				t.Errorf("%s, want %s: %s", res.Verdict, c.want, res.Reason)
			}
		})
	}
}

// TestSources tells how well a source could be seen, and that another step's polls are no proof.
func TestSources(t *testing.T) {
	s := tell(expectCheckout()).begin().breaks().poll(6, "").poll(8, "503").poll(10, "504").poll(12, "").poll(14, "refused").mends().stepOver(60)
	rec, res := judged(t, s.next(expectCheckout()).breaks().page(8, nil).poll(9, "").ends())
	src := rec.Sources[0]
	if src.Polls != 6 || src.Failures != 3 || src.LastError != "refused" || len(src.Blind) != 2 {
		t.Errorf("%+v", src)
	}
	if from, to := src.Blind[0].From, src.Blind[0].To; !from.Equal(t0.Add(seconds(8).Duration())) || !to.Equal(t0.Add(seconds(12).Duration())) {
		t.Errorf("blind from %s to %s", from, to)
	}
	if res.Verdict != Inconclusive || !strings.Contains(res.Reason, "refused") {
		t.Errorf("%s: %s", res.Verdict, res.Reason)
	}
}

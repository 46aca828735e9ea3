package mail

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// expectation on the mailbox.
func expectation(id string, m verify.Match) verify.Expectation {
	return verify.Expectation{ID: id, Step: 1, Source: "mail", Match: m}
}

// hops is evidence in short: hop, state and kind of each.
func hops(found []verify.Evidence) string {
	var all []string
	for _, e := range found {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", e.Expectation, e.Hop, e.State, e.Kind)))
	}
	return strings.Join(all, ", ")
}

// TestTrail: a step from its beginning to the page.
func TestTrail(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	now := time.Now().UTC().Truncate(time.Second)
	f.add(t, now.Add(-time.Minute), "From: shop@x\nSubject: Sale!\n\nbuy\n") // before the step
	f.add(t, now.Add(-time.Minute), note("DOWN web", "0", "Shop"))
	trail := src.Follow([]verify.Expectation{
		expectation("1.1", verify.Match{Service: match.Must("Shop"), Title: match.Must("web")}),
		expectation("1.2", verify.Match{Title: match.Must("/db/")}),
		{ID: "1.3", Source: "mail", MustNot: true},
		{ID: "1.4", Source: "pagerduty"},
	})
	look := func(fault time.Time, want string) []verify.Evidence {
		t.Helper()
		before := src.Requests()
		found, err := trail.Look(t.Context(), fault)
		if got := hops(found); err != nil || got != want {
			t.Errorf("the trail tells %q, %v; want %q", got, err, want)
		}
		for _, e := range found {
			if e.Source != "mail" || e.At.IsZero() || e.Text == "" || e.Request == "" || e.State == verify.Waiting && e.Advice == "" {
				t.Errorf("evidence %+v", e)
			}
		}
		if n := src.Requests() - before; n > 5 {
			t.Errorf("a look took %d commands", n)
		}
		return found
	}
	look(time.Time{}, "")
	fault := now.Add(-time.Second)
	found := look(fault, "1.1 incident created: waiting SF-16, 1.2 incident created: waiting SF-16")
	if !strings.Contains(found[0].Text, "no mail has come") {
		t.Errorf("text %q", found[0].Text)
	}
	f.add(t, now, "From: monitor@ff.lab\nTo: "+user+"\nSubject: Problem with web\n\nweb is gone\n")
	f.add(t, now, "not a mail\n")
	found = look(fault, "1.1 incident created: waiting SF-15, 1.2 incident created: waiting SF-15")
	if want := `2 mails matched no rule: first subject "Problem with web"; 1 of them could not be decoded`; found[0].Text != want || !strings.Contains(found[0].Answer, "monitor@ff.lab") {
		t.Errorf("evidence %+v, want %s", found[0], want)
	}
	f.add(t, now, note("DOWN web", "1", "Shop"))
	passed := "1.1 notification accepted: ok, 1.1 incident created: ok, 1.1 responder notified: ok, 1.2 incident created: waiting SF-15"
	found = look(fault, passed)
	if !found[0].At.Equal(now) {
		t.Errorf("the mail came at %s, want %s", found[0].At, now)
	}
	f.add(t, now.Add(time.Second), note("UP web", "1", "Shop"))
	look(fault, passed) // what has been passed stays passed
}

// TestTrailNamesTheWrongIncident: mails that are read, and mean something else.
func TestTrailNamesTheWrongIncident(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	trail := src.Follow([]verify.Expectation{expectation("1.1", verify.Match{Service: match.Must("Shop")})})
	if _, err := trail.Look(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	f.add(t, now, note("DOWN web", "1", "Stock"))
	found, err := trail.Look(t.Context(), now.Add(-time.Second))
	if err != nil || hops(found) != "1.1 incident created: waiting SF-15" || !strings.Contains(found[0].Text, `none opened an incident that is expected; the last one was "DOWN web"`) {
		t.Errorf("got %+v, %v", found, err)
	}
}

// TestTrailOfASwallowedMail: the incident of its key is open since before the fault.
func TestTrailOfASwallowedMail(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	now := time.Now()
	f.add(t, now.Add(-time.Hour), note("DOWN web", "1", "Shop"))
	trail := src.Follow([]verify.Expectation{expectation("1.1", verify.Match{Service: match.Must("Shop")})})
	for _, want := range []string{"1.1 incident created: waiting SF-16", "1.1 incident created: broken SF-17"} {
		found, err := trail.Look(t.Context(), now.Add(-time.Second))
		if hops(found) != want || err != nil {
			t.Errorf("%q, %v; want %q", hops(found), err, want)
		}
		f.add(t, now, note("DOWN web", "1", "Shop"))
	}
}

func TestTrailThatCannotLook(t *testing.T) {
	t.Parallel()
	l := newLine(t, plainFake(t).addr)
	src := source(t, Params{Rules: testRules(), timeout: patience / 4}, "imap://"+l.addr)
	trail := src.Follow([]verify.Expectation{expectation("1.1", verify.Match{})})
	for _, fault := range allFaults() {
		l.Script(func(int) *verifytest.Fault { return &fault })
		if found, err := trail.Look(t.Context(), time.Now()); err == nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", fault.Name, found, err)
		}
		if found, err := src.Trace(t.Context(), nil); err == nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", fault.Name, found, err)
		}
	}
}

// TestTrace: at plan time it is known which expectation no mail can ever meet.
func TestTrace(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	f.add(t, time.Now(), "From: a@x\nSubject: hello\n\nx\n")
	labels := func(name, value string) verify.Match {
		return verify.Match{Labels: map[string]match.Pattern{name: match.Must(value)}}
	}
	found, err := src.Trace(t.Context(), []verify.Expectation{
		expectation("1.1", verify.Match{Service: match.Must("Shop"), Title: match.Must("/x/"), Key: match.Must("k")}),
		expectation("1.2", verify.Match{Severity: match.Must("critical")}),
		expectation("1.3", labels("team", "a")), expectation("1.4", labels("from", "a@x")), expectation("1.5", labels("team", "!a")),
		{ID: "1.6", Source: "mail", MustNot: true, Match: labels("team", "a")},
		{ID: "1.7", Source: "other", Match: labels("team", "a")},
	})
	want := "incident created:, 1.2 incident created: broken SF-15, 1.3 incident created: broken SF-15"
	if hops(found) != want || err != nil {
		t.Errorf("%q, %v; want %q", hops(found), err, want)
	}
	if len(found) > 0 && found[0].Text != `1 mail matched no rule: first subject "hello"` {
		t.Errorf("text %q", found[0].Text)
	}
}

// TestClockOfTheServer: a mail that comes while we look counts as new, however far the server's clock is off.
func TestClockOfTheServer(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-time.Hour, -10 * time.Second, 0, 10 * time.Second} {
		f, src := reader(t, Params{})
		begin := time.Now()
		since(t, src, begin, "")
		if _, known := src.Offset(); known {
			t.Error("nothing has come, and the clock is known")
		}
		f.add(t, time.Now().Add(off), note("DOWN web", "1", "Shop"))
		in := since(t, src, begin, "1 triggered")[0]
		offset, known := src.Offset()
		opened := in.Opened.Add(-offset)
		if !known || opened.Before(begin.Add(-2*time.Second)) || opened.After(time.Now().Add(2*time.Second)) {
			t.Errorf("%s off: measured %s (%v), opened at %s", off, offset, known, opened)
		}
	}
}

// TestNothingIsLeftOfBrokenConnections: whatever ended them.
func TestNothingIsLeftOfBrokenConnections(t *testing.T) {
	l := newLine(t, plainFake(t).addr)
	src := source(t, Params{Rules: testRules(), timeout: patience / 4}, "imap://"+l.addr)
	before := runtime.NumGoroutine()
	for _, fault := range allFaults() {
		l.Script(func(n int) *verifytest.Fault {
			if n%3 == 2 {
				return &fault
			}
			return nil
		})
		for range 3 {
			_ = src.Ready(t.Context()) // whether it fails is the business of the suite
		}
	}
	src.box.drop()
	for limit := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

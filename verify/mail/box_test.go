package mail

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// reader makes a fake mailbox and a source that reads it.
func reader(tb testing.TB, p Params) (*fake, *Source) {
	tb.Helper()
	f := plainFake(tb)
	if p.Rules == nil && p.Preset == "" {
		p.Rules = testRules()
	}
	return f, source(tb, p, "imap://"+f.addr)
}

// since asks a source and wants these incidents, by their keys and states.
func since(t *testing.T, src *Source, from time.Time, want string) []verify.Incident {
	t.Helper()
	found, err := src.Since(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range found {
		got = append(got, in.Key+" "+string(in.Status))
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("incidents %q, want %q", strings.Join(got, ", "), want)
	}
	return found
}

func TestLifeOfAnIncident(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	now := time.Now().UTC().Truncate(time.Second)
	since(t, src, now, "")
	f.add(t, now, note("UP web", "1", "Shop"))
	since(t, src, now, "") // a resolve with nothing open does nothing
	f.add(t, now.Add(time.Second), note("DOWN web", "1", "Shop"))
	since(t, src, now, "1 triggered")
	f.add(t, now.Add(2*time.Second), note("DOWN web again", "1", "Shop"))
	in := since(t, src, now, "1 triggered")[0]
	if len(in.Notified) != 2 || in.Title != "web" || in.Service != "Shop" || in.Heard != now.Add(2*time.Second) || in.Opened != now.Add(time.Second) {
		t.Errorf("after a second mail: %+v", in)
	}
	if n := in.Notified[0]; n.Who != user || n.Channel != "email" || n.At != in.Opened || n.Failed != "" {
		t.Errorf("notified: %+v", n)
	}
	if in.Labels["from"] != "monitor@ff.lab" || in.Labels["to"] != user || in.Labels["service"] != "Shop" || in.Labels[keyName] != "" {
		t.Errorf("labels: %v", in.Labels)
	}
	f.add(t, now.Add(3*time.Second), note("UP web", "1", "Shop"))
	if in := since(t, src, now, "1 resolved")[0]; in.Resolved != now.Add(3*time.Second) || in.Resolved.Nanosecond() != 0 {
		t.Errorf("resolved: %+v", in)
	}
	f.add(t, now.Add(4*time.Second), note("DOWN web", "1", "Shop"))
	both := since(t, src, now, "1 resolved, 1 triggered")
	if both[0].ID == both[1].ID {
		t.Errorf("two incidents with the id %s", both[0].ID)
	}
	again := source(t, Params{Rules: testRules()}, "imap://"+f.addr)
	if told := since(t, again, now, "1 resolved, 1 triggered"); told[0].ID != both[0].ID || told[1].ID != both[1].ID {
		t.Errorf("another process names them %s and %s", told[0].ID, told[1].ID)
	}
}

// TestOnlyWhatIsNewIsRead: a poll of a mailbox with nothing new is one command, and marks no mail as seen.
func TestOnlyWhatIsNewIsRead(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	now := time.Now().Truncate(time.Second)
	for i := range 20 {
		f.add(t, now, note("DOWN web", fmt.Sprint(i), "Shop"))
	}
	spent := func() int {
		before := src.Requests()
		if err := src.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		return src.Requests() - before
	}
	if n := spent(); n != 5 { // connect, LOGIN, EXAMINE, FETCH of the list, FETCH of the mails
		t.Errorf("the first look took %d commands", n)
	}
	if n := spent(); n != 1 {
		t.Errorf("a look at nothing new took %d commands", n)
	}
	f.add(t, now, note("DOWN web", "new", "Shop"))
	if n := spent(); n != 3 {
		t.Errorf("a look at a new mail took %d commands", n)
	}
	if n := spent(); n != 1 { // n:* names the last mail even if it is older than n
		t.Errorf("the look after that took %d commands", n)
	}
	if open, err := src.Open(t.Context()); err != nil || len(open) != 21 {
		t.Errorf("%d open, %v", len(open), err)
	}
}

// TestUIDValidity: when the mailbox is made anew, what is in it now counts, and keeps its name.
func TestUIDValidity(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	now := time.Now().UTC().Truncate(time.Second)
	f.add(t, now, note("DOWN web", "1", "Shop"))
	f.add(t, now, note("DOWN web", "2", "Shop"))
	before := since(t, src, now, "1 triggered, 2 triggered")
	f.reset(t)
	f.add(t, now, note("DOWN web", "2", "Shop"))
	src.box.drop() // a server tells of it when the mailbox is examined next
	after := since(t, src, now, "2 triggered")
	if before[1].ID != after[0].ID {
		t.Errorf("incident %s became %s", before[1].ID, after[0].ID)
	}
}

// TestLookback: what was not read is not taken for empty.
func TestLookback(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	f, src := reader(t, Params{Lookback: time.Hour})
	f.add(t, now.Add(-2*time.Hour), note("DOWN old", "old", "Shop"))
	f.add(t, now.Add(-time.Minute), note("DOWN new", "new", "Shop"))
	since(t, src, now.Add(-30*time.Minute), "new triggered")
	if found, err := src.Since(t.Context(), now.Add(-3*time.Hour)); err == nil {
		t.Errorf("%d incidents of a time that was not read", len(found))
	}
	all := source(t, Params{Rules: testRules(), Lookback: 3 * time.Hour}, "imap://"+f.addr)
	since(t, all, now.AddDate(-1, 0, 0), "old triggered, new triggered") // the mailbox was read to its beginning
}

func TestNewestMailsOnly(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	f, src := reader(t, Params{})
	for i := range newest + 3 {
		f.add(t, now.Add(time.Duration(i-newest)*time.Second), note("DOWN web", fmt.Sprint(i), "Shop"))
	}
	open, err := src.Open(t.Context())
	if err != nil || len(open) != newest || open[0].Key != "3" {
		t.Errorf("%d open, %v", len(open), err)
	}
	if _, err := src.Since(t.Context(), open[0].Opened); err == nil {
		t.Error("nobody knows what else came in the second of the oldest mail that was read")
	}
	if _, err := src.Since(t.Context(), open[0].Opened.Add(time.Second)); err != nil {
		t.Error(err)
	}
}

// TestHugeMails: a mail is read up to its first MiB, and does not keep others from being read.
func TestHugeMails(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	now := time.Now().UTC().Truncate(time.Second)
	since(t, src, now, "")
	for i := range 6 {
		f.add(t, now, note("DOWN web", fmt.Sprint(i), "Shop")+strings.Repeat(strings.Repeat("x", 99)+"\n", 15_000))
	}
	f.add(t, now, "Subject: DOWN web\n\n"+strings.Repeat(strings.Repeat("x", 99)+"\n", 15_000)+"Key: beyond\n")
	f.add(t, now, note("DOWN web", "last", "Shop"))
	since(t, src, now, "0 triggered, 1 triggered, 2 triggered, 3 triggered, 4 triggered, 5 triggered, last triggered")
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	f := plainFake(t)
	src := source(t, Params{Rules: testRules(), User: "nobody@ff.lab"}, "imap://"+f.addr)
	err := src.Ready(t.Context())
	if httpapi.KindOf(err) != httpapi.Auth || !strings.Contains(err.Error(), "not accepted") || strings.Contains(err.Error(), password) {
		t.Errorf("got %v", err)
	}
	missing := source(t, Params{Rules: testRules(), Mailbox: "Alerts"}, "imap://"+f.addr)
	if err := missing.Ready(t.Context()); httpapi.KindOf(err) != httpapi.Refused || !strings.Contains(err.Error(), "Alerts") {
		t.Errorf("got %v", err)
	}
}

// TestMailsThatDoNotCome: an answer that has fewer mails than there are is no answer.
func TestMailsThatDoNotCome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		request int
		text    string
	}{{3, "told of 2 mails"}, {4, "did not come"}} {
		f := plainFake(t)
		for i := range 3 {
			f.add(t, time.Now(), note("DOWN web", fmt.Sprint(i), "Shop"))
		}
		l := newLine(t, f.addr)
		src := source(t, Params{Rules: testRules()}, "imap://"+l.addr)
		l.Script(func(n int) *verifytest.Fault {
			if n == c.request {
				return &verifytest.Fault{Name: lossy}
			}
			return nil
		})
		open, err := src.Open(t.Context())
		if httpapi.KindOf(err) != httpapi.Garbage || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%d open, %v; want %q", len(open), err, c.text)
		}
		if open, err := src.Open(t.Context()); len(open) != 3 || err != nil {
			t.Errorf("it does not recover: %d open, %v", len(open), err)
		}
	}
}

// TestManyAskAtOnce: the poller and the trail share one connection.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	f, src := reader(t, Params{})
	begin := time.Now()
	var all sync.WaitGroup
	trail := src.Follow([]verify.Expectation{expectation("1.1", verify.Match{})})
	for range 8 {
		all.Go(func() {
			for i := range 20 {
				if _, err := src.Since(t.Context(), begin); err != nil {
					t.Error(err)
				}
				if i%4 == 0 {
					f.add(t, time.Now(), note("DOWN web", fmt.Sprint(i), "Shop"))
				}
			}
		})
	}
	all.Go(func() {
		for range 20 {
			if _, err := trail.Look(t.Context(), begin); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	if found, err := src.Since(t.Context(), begin); len(found) != 5 || err != nil {
		t.Errorf("%d incidents, %v", len(found), err)
	}
}

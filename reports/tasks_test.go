package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// A report made without the other runs tells what is to do; with them it also tells what became of it.
func TestTheToDoListTellsWhatBecameOfAFinding(t *testing.T) {
	r := sample.PaymentsDies()
	run := digest.Of(r)
	first := todo.Of(run)[0]
	day := func(n int) time.Time { return r.Started.AddDate(0, 0, n) }
	again := run
	again.ID, again.Started = "later", day(10)
	for name, test := range map[string]struct {
		runs []digest.Run
		acts []todo.Act
		want []string
	}{
		"alone":     {nil, nil, []string{"☐ " + first.ID, "owner " + r.Run.Owner}},
		"new":       {[]digest.Run{run}, nil, []string{"owner " + r.Run.Owner + " · new"}},
		"open":      {[]digest.Run{run, again}, nil, []string{"open since", "seen in 2 runs"}},
		"owned":     {[]digest.Run{run}, []todo.Act{{At: day(1), ID: first.ID, Do: todo.Own, Text: "platform"}}, []string{"owner platform · new"}},
		"closed":    {[]digest.Run{run}, []todo.Act{{At: day(1), ID: first.ID, Do: todo.Close, By: "ann", Text: "moved"}}, []string{"☑ " + first.ID, "by ann (moved)"}},
		"regressed": {[]digest.Run{run, again}, []todo.Act{{At: day(1), ID: first.ID, Do: todo.Close, By: "ann"}}, []string{"☐ " + first.ID, "REGRESSED: closed", "and seen again"}},
	} {
		known := todo.List(test.runs, test.acts)
		for f, render := range map[string]Renderer{"text": Text(false), "markdown": Markdown, "html": HTML} {
			var out bytes.Buffer
			if err := render(&out, []judge.Record{r}, known...); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if f != "text" {
					want = strings.TrimPrefix(strings.TrimPrefix(want, "☐ "), "☑ ")
				}
				if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
					t.Errorf("%s, %s: %q is not told", name, f, want)
				}
			}
		}
	}
}

// A finding of the same id that is about something else says nothing of this one.
func TestAStrangersDecisionIsNotTold(t *testing.T) {
	r := sample.PaymentsDies()
	stranger := todo.Of(digest.Of(r))[0]
	stranger.Key, stranger.Owner, stranger.State = "something else", "strangers", todo.Closed
	for _, task := range tasksOf(r, []todo.Item{stranger}) {
		if task.Done || task.Owner == "strangers" {
			t.Errorf("told of %+v", task)
		}
	}
}

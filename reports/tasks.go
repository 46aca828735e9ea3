package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// told is a run with what is to be done about it.
type told struct {
	judge.Record
	Tasks []task
}

// task is one thing to do.
type task struct {
	ID     string
	Done   bool   // somebody closed it, and it has not come back
	Sign   string // ☐ or ☑
	Label  string // SILENT, WATCHER DIED …
	Text   string
	Advice string // where no finding has said it
	Owner  string
	State  string // one phrase; empty if nobody knows
}

// prepare makes records safe to show and sorts them, the worst first, each with its tasks.
func prepare(records []judge.Record, known []todo.Item) []told {
	tasks := map[string][]task{}
	for _, r := range records {
		tasks[show.Visible(r.Run.ID)] = tasksOf(r, known) // ids are made of the texts as they came
	}
	var all []told
	for _, r := range worstFirst(show.Clean(records)) {
		all = append(all, told{r, show.Clean(tasks[r.Run.ID])})
	}
	return all
}

// tasksOf are the findings of a run, and what is known of them.
func tasksOf(r judge.Record, known []todo.Item) []task {
	said := map[string]bool{}
	for _, s := range r.Steps {
		for _, x := range s.Results {
			said[advice(x)] = true
		}
	}
	var tasks []task
	for _, found := range todo.Of(digest.Of(r)) {
		t := task{ID: found.ID, Sign: "☐", Label: found.Label(), Text: found.Text, Owner: found.Owner}
		if !said[found.Advice] {
			t.Advice = found.Advice
		}
		if i := slices.IndexFunc(known, func(k todo.Item) bool { return same(k, found) }); i >= 0 {
			t.ID, t.Owner, t.State, t.Done = known[i].ID, known[i].Owner, whatBecame(known[i]), !known[i].Active()
		}
		if t.Done {
			t.Sign = "☑"
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// same tells whether two items are about the same thing. Their ids begin alike, unless two things have the same.
func same(a, b todo.Item) bool {
	return strings.HasPrefix(a.ID, b.ID) && a.What == b.What && a.Scenario == b.Scenario && a.Key == b.Key && a.Step == b.Step && a.Control == b.Control
}

// whatBecame tells what became of a finding.
func whatBecame(i todo.Item) string {
	words := "new"
	if i.Runs > 1 {
		words = fmt.Sprintf("open since %s, seen in %s", show.Day(i.First), show.Count(i.Runs, "run"))
	}
	switch closed := closedWords(i); i.State {
	case todo.Regressed:
		words = "REGRESSED: " + closed + ", and seen again"
	case todo.Closed:
		words = closed
	}
	if i.Passing && i.Active() {
		words += "; passes by now"
	}
	if i.Note != "" {
		words += "; note: " + i.Note
	}
	return words
}

func closedWords(i todo.Item) string {
	words := "closed " + show.Day(i.Closed)
	if i.ClosedBy != "" {
		words += " by " + i.ClosedBy
	}
	if i.Because != "" {
		words += " (" + i.Because + ")"
	}
	return words
}

// More is what stands behind the text of a task: whose it is and what became of it.
func (t task) More() string {
	owner := "owner " + t.Owner
	if t.Owner == "" {
		owner = "nobody owns it"
	}
	if t.State == "" {
		return owner
	}
	return owner + " · " + t.State
}

func (s *sheet) tasks(r told) {
	if len(r.Tasks) == 0 {
		return
	}
	s.Heading("To do")
	for _, t := range r.Tasks {
		s.Line(2, t.Sign+" "+t.ID+"  ", t.Label+": "+t.Text)
		if t.Advice != "" {
			s.Line(6, "", t.Advice)
		}
		s.Colored(6, "", show.Dim, t.More())
	}
	s.Colored(2, "", show.Dim, "Whoever has done it says so: friday todo close "+r.Tasks[0].ID+" --because '…'")
}

func mdTasks(b *strings.Builder, r told) {
	if len(r.Tasks) == 0 {
		return
	}
	b.WriteString("### To do\n\n")
	for _, t := range r.Tasks {
		mark := " "
		if t.Done {
			mark = "x"
		}
		fmt.Fprintf(b, "- [%s] `%s` **%s** %s", mark, t.ID, t.Label, show.MD(t.Text))
		if t.Advice != "" {
			b.WriteString(": " + show.MD(t.Advice))
		}
		b.WriteString(" (" + show.MD(t.More()) + ")\n")
	}
	b.WriteByte('\n')
}

package reports

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

func TestBriefs(t *testing.T) {
	silent := BriefOf(sample.PaymentsDies())
	if !silent.Restored || silent.Do != "" || silent.State != "RESTORED" || silent.Verdict != judge.Silent || silent.Sign != "✗" || silent.Look != "silent" || silent.Passed != 0 || len(silent.Findings) != 1 {
		t.Fatalf("got %+v", silent)
	}
	if f := silent.Findings[0]; f.Broken != "signal emitted" || f.Named != "SF-01, co-mingled monitor" || !strings.HasPrefix(f.Do, "Run payments-check outside") {
		t.Errorf("got %+v", f)
	}
	if left := BriefOf(sample.Unrestored()); left.Restored || left.Do != "friday recover" || len(left.Left) != 2 || left.Passed != 1 || len(left.Findings) != 0 {
		t.Errorf("got %+v", left)
	}
	mixed := sample.Passed()
	mixed.Steps[0].Results = append(mixed.Steps[0].Results, sample.Late().Steps[0].Results[0], sample.PaymentsDies().Steps[0].Results[0])
	if b := BriefOf(mixed); b.Passed != 2 || len(b.Findings) != 2 || b.Findings[0].Verdict != judge.Silent {
		t.Errorf("silent ones come first, passes are counted: %+v", b)
	}
	if empty := BriefOf(judge.Record{}); empty.Restored || empty.Verdict != judge.Unjudged {
		t.Errorf("a record that holds nothing is %+v", empty)
	}
}

func TestBriefsAreOneLineEach(t *testing.T) {
	for _, text := range sample.Hostile {
		b := BriefOf(poisoned(text))
		for _, line := range append([]string{b.StateText, b.Run, b.Scenario, b.Title, b.Service, b.Owner, b.Environment, b.Summary, b.Date, b.Took}, b.Left...) {
			sample.CheckPlain(t, line)
		}
		for _, f := range b.Findings {
			for _, line := range []string{f.ID, f.Text, f.Reason, f.Broken, f.Kind, f.Named, f.Do} {
				sample.CheckPlain(t, line)
			}
		}
	}
}

func TestPageInASite(t *testing.T) {
	nav := []show.Link{{Text: "Runs <all>", To: "../runs.html", Here: true}}
	page := render(t, HTMLIn(nav), sample.PaymentsDies())
	link := `<nav aria-label="pages"><ul><li><a href="../runs.html" aria-current="page">Runs &lt;all&gt;</a></li></ul></nav>` + "\n"
	if strings.Replace(page, link, "", 1) != render(t, HTML, sample.PaymentsDies()) || !strings.Contains(page, link) {
		t.Error("it is not the page with the links and nothing else")
	}
}

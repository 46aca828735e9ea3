package reports

import (
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// Brief is a run in a few words, for a message. Its texts are visible (show.Visible), each fits one line, and
// none is escaped for anything.
type Brief struct {
	Restored  bool
	State     string   // RESTORED or NOT RESTORED
	StateText string   // one sentence about it
	Do        string   // the command to run if it is not restored
	Left      []string // what is left behind, one line each

	Run         string // id
	Verdict     judge.Verdict
	Sign        string // of the verdict, one character
	Look        string // class of the verdict: silent, late, unsure or good
	Scenario    string
	Title       string
	Service     string
	Owner       string
	Environment string
	Control     bool
	Summary     string
	Date        string
	Took        string
	// Findings are the expectations that did not pass, silent ones first. Passed counts the others.
	Findings []BriefFinding
	Passed   int
}

// BriefFinding is an expectation that did not pass.
type BriefFinding struct {
	ID      string // step.number
	Verdict judge.Verdict
	Sign    string
	Text    string // what was expected
	Reason  string // one sentence that can stand alone
	Broken  string // the first broken hop and, where the reason does not say it, what is wrong there
	Kind    string // SF-01 …
	Named   string // the kind with its name
	Do      string // what to do about it
}

// BriefOf sums up a record. It is a pure function.
func BriefOf(r judge.Record) Brief {
	r = show.Clean(r)
	state := restored(r)
	b := Brief{
		Restored: state.Good, State: state.Head, StateText: state.Text, Do: state.Do,
		Run: show.OneLine(r.Run.ID), Verdict: r.Verdict, Sign: sign(r.Verdict), Look: look(r.Verdict),
		Scenario: show.OneLine(r.Run.Scenario), Title: show.OneLine(r.Run.Title), Service: show.OneLine(r.Run.Service),
		Owner: show.OneLine(r.Run.Owner), Environment: show.OneLine(r.Run.Environment), Control: r.Run.Control,
		Summary: show.OneLine(r.Summary), Date: show.Date(r.Started), Took: took(r),
	}
	for _, item := range state.Items {
		b.Left = append(b.Left, show.OneLine(item))
	}
	for _, s := range sections(r) {
		for _, f := range s.Findings {
			if s.Passed {
				b.Passed++
				continue
			}
			b.Findings = append(b.Findings, briefly(f))
		}
	}
	return b
}

func briefly(f finding) BriefFinding {
	out := BriefFinding{
		ID: show.OneLine(f.ID), Verdict: f.Verdict, Sign: sign(f.Verdict), Text: show.OneLine(f.Text), Reason: show.OneLine(f.Reason),
		Kind: show.OneLine(f.Kind), Named: show.OneLine(kindWords(f.Kind)), Do: show.OneLine(advice(f.Result)),
	}
	if f.Broken != nil {
		out.Broken = show.OneLine(f.lost())
	}
	return out
}

// Sign is a verdict as one character: ✓, ✗, ? or ■.
func Sign(v judge.Verdict) string { return sign(v) }

// Look is the class of a verdict in the style of the pages: good, late, silent or unsure.
func Look(v judge.Verdict) string { return look(v) }

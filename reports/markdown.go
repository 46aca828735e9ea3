package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Markdown renders for tickets and chat, in the same order as Text, with tables and the log folded away. What comes
// from outside is shown as it is: it makes no link, no mention and no markup.
func Markdown(w io.Writer, records []judge.Record, known ...todo.Item) error {
	if err := checkSome(records); err != nil {
		return err
	}
	runs := prepare(records, known)
	var b strings.Builder
	mdRestored(&b, restoredAll(runs))
	if len(runs) > 1 {
		mdOverview(&b, runs)
	}
	for _, r := range runs {
		mdRecord(&b, r)
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

func mdRestored(b *strings.Builder, r restoration) {
	fmt.Fprintf(b, "**%s** %s", r.Head, show.MD(r.Text))
	if !r.Good {
		fmt.Fprintf(b, " Run: `%s`", r.Do)
	}
	b.WriteString("\n\n")
	for _, item := range r.Items {
		fmt.Fprintf(b, "- %s\n", show.MD(item))
	}
	if len(r.Items) > 0 {
		b.WriteByte('\n')
	}
}

func mdOverview(b *strings.Builder, runs []told) {
	var rows [][]string
	for _, r := range runs {
		rows = append(rows, []string{mdVerdict(r.Verdict), show.MD(r.Run.Scenario), show.MD(r.Run.Service), show.MD(r.Summary), show.Date(r.Started), took(r.Record)})
	}
	show.MDTable(b, []string{"verdict", "scenario", "service", "what happened", "started", "took"}, rows)
}

func mdVerdict(v judge.Verdict) string { return sign(v) + " **" + v.String() + "**" }

func mdRecord(b *strings.Builder, r told) {
	fmt.Fprintf(b, "## %s %s\n\n", sign(r.Verdict)+" "+r.Verdict.String(), show.MD(named(r.Record)))
	mdParagraph(b, "", r.Summary)
	mdParagraph(b, "**Hypothesis:** ", r.Run.Hypothesis)
	if r.Aborted != nil {
		mdParagraph(b, "**Stopped** by "+show.MD(string(r.Aborted.By))+" at "+show.Clock(r.Aborted.At)+": ", r.Aborted.Reason)
	}
	for _, warning := range r.Warnings {
		mdParagraph(b, "**Warning:** ", warning)
	}
	for _, sec := range sections(r.Record) {
		fmt.Fprintf(b, "### %s\n\n", sec.Title)
		if sec.Passed {
			mdPasses(b, sec.Findings)
			continue
		}
		for _, f := range sec.Findings {
			mdFinding(b, f)
		}
	}
	mdTasks(b, r)
	mdWatchers(b, r.Record)
	mdPages(b, r.Record)
	mdTimes(b, r.Record)
	mdSources(b, r.Record)
	mdLog(b, r.Record)
	mdAbout(b, r.Record)
}

func mdParagraph(b *strings.Builder, lead, text string) {
	if text != "" {
		b.WriteString(lead + show.MD(text) + "\n\n")
	}
}

func mdPasses(b *strings.Builder, findings []finding) {
	for _, f := range findings {
		line := "- " + mdVerdict(f.Verdict) + " " + show.MD(f.Text)
		if facts := measures(f.Result); len(facts) > 0 {
			line += ": " + facts[0].Name + " " + facts[0].Value
		}
		b.WriteString(line + "\n")
	}
	b.WriteByte('\n')
}

func mdFinding(b *strings.Builder, f finding) {
	fmt.Fprintf(b, "%s %s (step %d, %s)\n\n", mdVerdict(f.Verdict), show.MD(f.Text), f.Step.Index, show.MD(f.Step.Name))
	mdParagraph(b, "", f.Say())
	if f.Broken != nil {
		mdParagraph(b, "**First broken hop:** ", f.lost())
	}
	for _, n := range f.Near {
		mdParagraph(b, "**Nearly:** ", n.ID+": "+strings.Join(n.Says, ", "))
	}
	mdParagraph(b, "**Do:** ", advice(f.Result))
	mdParagraph(b, "**Owner:** ", f.Owner())
	var facts []string
	for _, m := range measures(f.Result) {
		facts = append(facts, m.Name+" "+m.Value)
	}
	if f.Kind != "" {
		facts = append(facts, "kind "+show.MD(kindWords(f.Kind)))
	}
	if len(facts) > 0 {
		b.WriteString(strings.Join(facts, " · ") + "\n\n")
	}
	mdHops(b, f)
}

func mdHops(b *strings.Builder, f finding) {
	b.WriteString("<details><summary>The thirteen hops of the page</summary>\n\n")
	var rows [][]string
	for _, hop := range f.hops() {
		rows = append(rows, []string{hopSign(hop.State), hop.Hop.String(), offset(f.Step, hop.At), show.MD(hop.Text)})
	}
	show.MDTable(b, []string{"", "hop", "at", "seen"}, rows)
	if f.Broken != nil && f.Broken.Request != "" {
		b.WriteString(show.Fenced("asked: " + f.Broken.Request + "\n" + f.Broken.Answer))
		b.WriteByte('\n')
	}
	b.WriteString("</details>\n\n")
}

func hopSign(s verify.State) string {
	switch s {
	case verify.OK:
		return "✓"
	case verify.Broken:
		return "✗"
	case verify.Waiting:
		return "…"
	default:
		return "?"
	}
}

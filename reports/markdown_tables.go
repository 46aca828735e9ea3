package reports

import (
	"fmt"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

func mdWatchers(b *strings.Builder, r judge.Record) {
	if len(r.Watchers) == 0 {
		return
	}
	b.WriteString("### Watchers\n\n")
	var rows [][]string
	for _, w := range r.Watchers {
		for i, said := range watcherWords(w) {
			name := ""
			if i == 0 {
				name = show.MD(w.Name)
			}
			rows = append(rows, []string{name, show.MD(said)})
		}
	}
	show.MDTable(b, []string{"watcher", "what became of it"}, rows)
}

func mdPages(b *strings.Builder, r judge.Record) {
	if len(r.Pages) == 0 {
		return
	}
	b.WriteString("### Pages received\n\n")
	var rows [][]string
	for _, p := range r.Pages {
		rows = append(rows, []string{show.Clock(p.Opened), show.MDLink(p.Title, p.URL), show.MD(p.Service), show.MD(p.Urgency), show.MD(string(p.Status)), show.MD(notices(p))})
	}
	show.MDTable(b, []string{"opened", "page", "service", "urgency", "status", "notified"}, rows)
}

func mdTimes(b *strings.Builder, r judge.Record) {
	if len(r.Steps) > 0 {
		b.WriteString("### Times\n\n")
	}
	for _, step := range r.Steps {
		fmt.Fprintf(b, "Step %d, %s\n\n", step.Index, show.MD(step.Name))
		for _, f := range step.Faults {
			b.WriteString("- " + show.MD(faultWords(f)) + "\n")
		}
		for _, f := range times(step) {
			fmt.Fprintf(b, "- %s %s\n", f.Name, show.MD(f.Value))
		}
		b.WriteByte('\n')
	}
}

func mdSources(b *strings.Builder, r judge.Record) {
	if len(r.Sources) == 0 {
		return
	}
	b.WriteString("### Sources\n\n")
	for _, src := range r.Sources {
		fmt.Fprintf(b, "- %s (%s): %s\n", show.MD(src.Name), show.MD(src.Kind), show.MD(sourceWords(src)))
	}
	b.WriteByte('\n')
}

func mdLog(b *strings.Builder, r judge.Record) {
	if len(r.Log) == 0 {
		return
	}
	fmt.Fprintf(b, "<details><summary>Log (%s, UTC)</summary>\n\n", show.Count(len(r.Log), "line"))
	var lines []string
	for _, l := range inOrder(r.Log) {
		lines = append(lines, show.Clock(l.At)+"  "+show.OneLine(l.Text))
	}
	b.WriteString(show.Fenced(strings.Join(lines, "\n")) + "\n</details>\n\n")
}

func mdAbout(b *strings.Builder, r judge.Record) {
	b.WriteString("<details><summary>Run, environment, definitions</summary>\n\n")
	for _, f := range about(r) {
		fmt.Fprintf(b, "- %s: %s\n", f.Name, show.MD(f.Value))
	}
	b.WriteByte('\n')
	for _, f := range definitions() {
		fmt.Fprintf(b, "- **%s:** %s\n", f.Name, show.MD(f.Value))
	}
	b.WriteString("\n</details>\n\n")
}

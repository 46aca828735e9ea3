package ci

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/show"
)

// The escaping of workflow commands, as the toolkit of GitHub Actions does it.
var (
	inData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub writes an annotation for all that did not pass, the worst first because only ten of a level are shown in a step:
// an error for each point, a warning for what is slower or not covered any more. The place is the expectation's line in
// the scenario file. A report in which all is well has none, so it may be empty.
func GitHub(w io.Writer, r Report) error {
	if len(r.Runs) == 0 {
		return errNoRun
	}
	var b strings.Builder
	for _, p := range r.failures() {
		message := show.OneLine(p.reason)
		if p.lostHop != "" {
			message += "\nlost at: " + show.OneLine(p.lostHop)
		}
		if p.advice != "" {
			message += "\nto do: " + show.OneLine(p.advice)
		}
		annotation(&b, "error", r.path(p.run), p.line, p.head()+" "+p.named(), message)
	}
	for _, run := range r.Runs {
		v, ok := run.view()
		if !ok {
			continue
		}
		name := show.OneLine(reports.ScenarioOf(run.Record))
		for _, l := range v.Lost {
			annotation(&b, "warning", r.path(run.Record), 0, "coverage lost "+name, fmt.Sprintf("%s %s: proved before, not asked for any more", l.What, show.OneLine(l.Text)))
		}
		for _, p := range v.Slower(compare.UsualTimes) {
			annotation(&b, "warning", r.path(run.Record), p.Line, "slower "+name, show.OneLine(p.Text)+": detected in "+p.Pace.Words())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// annotation writes one workflow command. A message must not be empty, or the runner shows none.
func annotation(b *strings.Builder, level, file string, line int, title, message string) {
	if strings.TrimSpace(message) == "" {
		message = title
	}
	var properties []string
	if file != "" {
		properties = append(properties, "file="+inProperty.Replace(file))
		if line > 0 {
			properties = append(properties, "line="+strconv.Itoa(line))
		}
	}
	properties = append(properties, "title="+inProperty.Replace(title))
	fmt.Fprintf(b, "::%s %s::%s\n", level, strings.Join(properties, ","), inData.Replace(message))
}

package ci

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// inDescription is the escaping of TAP version 14.
var inDescription = strings.NewReplacer(`\`, `\\`, "#", `\#`)

// TAP writes TAP version 14: a test point an expectation, and one a run that is ok when everything is restored. What is not
// ok has a block of YAML. Nothing is skipped and nothing is to do: these count as ok.
func TAP(w io.Writer, r Report) error {
	if len(r.Runs) == 0 {
		return errNoRun
	}
	var all []point
	for _, run := range r.Runs {
		all = append(all, run.points()...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(all))
	for _, run := range r.Runs {
		for _, line := range run.changes() {
			b.WriteString("# " + show.Harmless(show.OneLine(reports.ScenarioOf(run.Record)+": "+line)) + "\n")
		}
	}
	for i, p := range all {
		state := "not ok"
		if p.passed {
			state = "ok"
		}
		fmt.Fprintf(&b, "%s %d - %s\n", state, i+1, inDescription.Replace(p.named()))
		if err := p.yaml(&b, r.path(p.run)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// yaml writes the diagnostics of a point. Every value is a JSON scalar, which is one of YAML, too.
func (p point) yaml(b *strings.Builder, file string) error {
	if p.passed && p.result == nil {
		return nil
	}
	b.WriteString("  ---\n")
	entries := []struct {
		name  string
		value any
	}{
		{"verdict", p.verdict},
		{"message", p.reason},
		{"advice", p.advice},
		{"lost_at", p.lostHop},
		{"kind", p.kind()},
		{"key", p.key},
		{"run", p.run.Run.ID},
		{"file", file},
		{"line", p.line},
		{"within_s", p.within()},
		{"time_to_detect_s", p.detected()},
	}
	for _, e := range entries {
		if e.value == nil || e.value == "" || e.value == 0 {
			continue
		}
		text, err := scalar(e.value)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "  %s: %s\n", e.name, text)
	}
	b.WriteString("  ...\n")
	return nil
}

// scalar is a value in one line of JSON, with nothing in it that YAML reads in another way.
func scalar(value any) (string, error) {
	if text, ok := value.(string); ok {
		value = show.Harmless(show.OneLine(text))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return strings.TrimSpace(out.String()), err
}

func (p point) kind() string {
	if p.result == nil {
		return ""
	}
	return p.result.Kind
}

func (p point) within() any {
	if p.result == nil || p.result.Within == 0 {
		return nil
	}
	return p.result.Within
}

func (p point) detected() any {
	if p.result == nil || p.result.TimeToDetect == nil || p.verdict.Class() == judge.CannotTell {
		return nil
	}
	return *p.result.TimeToDetect
}

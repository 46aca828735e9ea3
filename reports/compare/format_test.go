package compare_test

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// busy is a comparison in which everything happens once.
func busy(t *testing.T, from string) compare.View {
	t.Helper()
	old := on(30, is("a", judge.Pass), is("b", judge.Pass), is("c", judge.Pass), alert(is("d", judge.Pass), "Down"), found("e", judge.Pass, 1),
		is("f", judge.Stuck), is("g", judge.Silent), is("h", judge.Pass), is("i", judge.Late))
	old.Definition = "d0"
	now := on(50, is("a", judge.Silent), is("b", judge.Late), is("c", judge.Noisy), found("e", judge.Pass, 3), is("f", judge.Stuck), is("g", judge.Pass), is("h", judge.Void))
	history := []digest.Run{on(1, found("e", judge.Pass, 1)), on(2, found("e", judge.Pass, 1)), on(3, found("e", judge.Pass, 1.2))}
	if from != "" {
		hostile := func(s string) string { return s + from }
		old, now = show.Map(old, hostile), show.Map(now, hostile)
		now.Scenario = "another" + from
		for i := range history {
			history[i] = show.Map(history[i], hostile)
			history[i].Scenario = now.Scenario
		}
	}
	d, err := compare.Between(&old, now, history)
	if err != nil {
		t.Fatal(err)
	}
	return compare.View{Diff: d, Conditions: conditions(t, compare.DefaultConditions)}
}

func TestGolden(t *testing.T) {
	for _, f := range compare.Formats() {
		var out bytes.Buffer
		if err := f.Render(&out, busy(t, "")); err != nil {
			t.Fatal(err)
		}
		sample.Golden(t, f.Name+".golden", out.Bytes())
	}
}

func TestTheLastLine(t *testing.T) {
	good, silent, void := on(1, is("a", judge.Pass)), on(2, is("a", judge.Silent)), on(2, is("a", judge.Void))
	for _, c := range []struct {
		before *digest.Run
		now    digest.Run
		failOn string
		want   string
	}{
		{&good, silent, "new-silent", "fails: new-silent: 1 expectation newly silent"},
		{&good, silent, "new-late", "nothing of new-late"},
		{&good, silent, "none", "compared; no condition was set"},
		{&good, void, "new-silent", "cannot tell: nothing of new-silent was seen, but not everything could be compared"},
		{nil, silent, "new-silent", "fails: new-silent: 1 expectation newly silent, or nobody knows since when"},
		{nil, good, "new-silent", "cannot tell: nothing of new-silent was seen, but not everything could be compared"},
	} {
		d, err := compare.Between(c.before, c.now, nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := compare.Text(false)(&out, compare.View{Diff: d, Conditions: conditions(t, c.failOn)}); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(out.String(), "\n"+c.want+"\n") {
			t.Errorf("want %q:\n%s", c.want, out.String())
		}
	}
}

func TestHostileTexts(t *testing.T) {
	for _, text := range sample.Hostile {
		v := busy(t, text)
		for _, f := range compare.Formats() {
			var out bytes.Buffer
			if err := f.Render(&out, v); err != nil {
				t.Fatal(err)
			}
			if f.Name == "json" {
				if !json.Valid(out.Bytes()) {
					t.Errorf("no JSON: %s", out.String())
				}
			}
			for line := range strings.Lines(out.String()) {
				sample.CheckPlain(t, strings.TrimSuffix(strings.ReplaceAll(line, "@\u2060", "@"), "\n"))
			}
			if f.Name == "markdown" && (strings.Contains(out.String(), "<") || strings.Contains(out.String(), "://")) {
				t.Errorf("Markdown makes something of it: %s", out.String())
			}
		}
		for _, line := range v.Lines() {
			sample.CheckPlain(t, line)
		}
	}
}

// TestNoOrdersForTheRunner: what is compared in a pipeline is shown by a program that takes orders from its log, and a
// long line breaks where a text from outside may begin.
func TestNoOrdersForTheRunner(t *testing.T) {
	order := regexp.MustCompile(`(?m)^\s*::\w|##\w*\[`)
	for _, text := range []string{"::add-mask::page", "##[error]gone", "##vso[task.setvariable variable=a]b"} {
		for width := range 100 {
			var out bytes.Buffer
			v := busy(t, strings.Repeat("x", width)+" "+text)
			v.Results[0].ID = text // the first cell of a table begins its line
			if err := compare.Text(false)(&out, v); err != nil {
				t.Fatal(err)
			}
			if found := order.FindString(out.String()); found != "" {
				t.Fatalf("%d: the order %q:\n%s", width, found, out.String())
			}
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWritersThatFail(t *testing.T) {
	for _, f := range compare.Formats() {
		if err := f.Render(broken{}, busy(t, "")); err == nil {
			t.Errorf("%s hides that it could not write", f.Name)
		}
	}
}

package ci_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/ci"
	"github.com/failurefriday/friday/reports/compare"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// orders are what pipelines, TAP and YAML would obey.
var orders = []string{
	"::error file=x::y", "\n::set-output name=a::b", "##[add-path]/evil", "##vso[task.setvariable variable=a]b", "%0A::stop-commands::x", "50%, a:b,c=d",
	"# SKIP not today", "# TODO later", "\\# SKIP", "\\", "\n  ...\nok 1 - forged\n", "Bail out! now", "1..0", `"}` + "\n- {a: b}", "section_start:1:x\r\x1b[0K",
}

// hostile is a failed and compared run in which every text from outside is the given one.
func hostile(t *testing.T, text string) ci.Report {
	t.Helper()
	make := func() judge.Record {
		r := sample.PaymentsDies()
		changed := show.Map(r, func(s string) string { return s + text })
		changed.Steps[0].Results[0].ID = "1.1"
		return changed
	}
	before := green(make(), 1, 2)
	before.Steps[0].Results = append(before.Steps[0].Results, sample.Detected(sample.Expects("gone"+text, 2), 1, judge.Pass, text))
	bad := make()
	bad.Restored, bad.Residue = false, []judge.Residue{{Fault: text, Target: text, Why: text}}
	return ci.Report{Dir: "/src", Root: "/src", Runs: []ci.Run{run(t, bad, before)}}
}

func render(t *testing.T, name string, r ci.Report) string {
	t.Helper()
	i := slices.IndexFunc(ci.Formats(), func(f ci.Format) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no format is called %s", name)
	}
	var out bytes.Buffer
	if err := ci.Formats()[i].Render(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var runnerOrder = regexp.MustCompile(`(?m)^\s*::|##\w*\[`)

func TestHostileTextsAreHarmless(t *testing.T) {
	for _, text := range append(orders, sample.Hostile...) {
		t.Run(show.Shortened(show.OneLine(text), 20), func(t *testing.T) {
			r := hostile(t, text)
			if r.Runs[0].Diff.Before == nil || len(r.Runs[0].Diff.Lost) == 0 {
				t.Fatalf("there is nothing to compare: %v", r.Runs[0].Diff.Notes)
			}
			commands, err := parseCommands(render(t, "github", r))
			if err != nil {
				t.Fatal(err)
			}
			if len(commands) != 3 { // silent, not restored, coverage lost
				t.Errorf("%d annotations, want 3: %v", len(commands), commands)
			}
			for _, c := range commands {
				for _, line := range append(strings.Split(c.message, "\n"), c.properties["title"], c.properties["file"]) {
					sample.CheckPlain(t, line)
				}
			}
			points, err := parseTAP(render(t, "tap", r))
			if err != nil {
				t.Fatal(err)
			}
			if len(points) != 2 || points[0].ok || points[1].ok || points[0].directive+points[1].directive != "" {
				t.Errorf("points: %+v", points)
			}
			checkLines(t, "text", render(t, "text", r))
			checkLines(t, "tap", render(t, "tap", r))
			checkMarkdown(t, render(t, "markdown", r))
			checkStrings(t, render(t, "gitlab", r))
			checkStrings(t, render(t, "json", r))
		})
	}
}

// checkLines finds orders in a log, and lines that are none of ours.
func checkLines(t *testing.T, format, log string) {
	t.Helper()
	if found := runnerOrder.FindString(log); found != "" {
		t.Errorf("%s holds the order %q:\n%s", format, found, log)
	}
	for line := range strings.Lines(log) {
		sample.CheckPlain(t, strings.TrimSuffix(line, "\n"))
		ours := regexp.MustCompile(`^(SILENT  |UNRESTORED  |- |~ |  do: |  more: |0 passed, 1 failed; NOT RESTORED: 1 run, run friday recover\n)`)
		if format == "text" && !ours.MatchString(line) {
			t.Errorf("a line that is none of ours: %q", line)
		}
	}
}

// checkMarkdown finds what Markdown would make of a text from outside: elements, links, images, mentions.
func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		sample.CheckPlain(t, strings.TrimSuffix(strings.ReplaceAll(line, "@\u2060", "@"), "\n"))
	}
	text = strings.NewReplacer("<details><summary>", "", "</summary>", "", "</details>", "").Replace(text)
	if found := regexp.MustCompile(`<[a-zA-Z/!]|(^|[^\\])\[[^]]*[^\\]\]\(|://|@[^\x{2060}]|(?m)^#{1,6} (three|SKIP|TODO)`).FindString(text); found != "" {
		t.Errorf("Markdown makes something of %q:\n%s", found, text)
	}
}

// checkStrings parses JSON and looks at every string in it.
func checkStrings(t *testing.T, text string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			for line := range strings.SplitSeq(v, "\n") {
				sample.CheckPlain(t, strings.ReplaceAll(line, "\t", " "))
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(v)
}

func TestAnnotationsSayWhatTheyMean(t *testing.T) {
	r := sample.PaymentsDies()
	r.Steps[0].Results[0].Line, r.Steps[0].Results[0].Reason = 7, "50% lost: a,b"
	commands, err := parseCommands(render(t, "github", ci.Report{Dir: "/src/sub", Root: "/src", Runs: []ci.Run{{Record: r}}}))
	if err != nil || len(commands) != 1 {
		t.Fatalf("%v: %v", commands, err)
	}
	c := commands[0]
	if c.name != "error" || c.properties["file"] != "sub/scenarios/payments.yaml" || c.properties["line"] != "7" ||
		c.properties["title"] != "SILENT payments-dies: 1. break payments: fires on inbox: service payments, title /is down/, within 8s" ||
		!strings.HasPrefix(c.message, "50% lost: a,b\nlost at: signal emitted\nto do: Run payments-check") {
		t.Errorf("%+v", c)
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct{ dir, root, file, want string }{
		{"/src", "/src", "a.yaml", "a.yaml"},
		{"/src", "/src", "./sub//a.yaml", "sub/a.yaml"},
		{"/src/sub", "/src", "../a.yaml", "a.yaml"},
		{"/src/sub", "/src", "a.yaml", "sub/a.yaml"},
		{"/src", "/src", "/src/a.yaml", "a.yaml"},
		{"/src", "/src", "/elsewhere/a.yaml", "/elsewhere/a.yaml"},
		{"/src", "/src", "../a.yaml", "/a.yaml"},
		{"", "", "sub/a.yaml", "sub/a.yaml"},
		{"/src", "/src", "stdin", ""},
		{"/src", "/src", "", ""},
	} {
		r := sample.PaymentsDies()
		r.Run.File = c.file
		commands, err := parseCommands(render(t, "github", ci.Report{Dir: c.dir, Root: c.root, Runs: []ci.Run{{Record: r}}}))
		if err != nil {
			t.Fatal(err)
		}
		if got := commands[0].properties["file"]; got != c.want {
			t.Errorf("%s in %s below %s: %q, want %q", c.file, c.dir, c.root, got, c.want)
		}
		points, err := parseTAP(render(t, "tap", ci.Report{Dir: c.dir, Root: c.root, Runs: []ci.Run{{Record: r}}}))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := points[0].diagnostics["file"].(string); got != c.want {
			t.Errorf("TAP: %s in %s below %s: %q, want %q", c.file, c.dir, c.root, got, c.want)
		}
	}
}

func TestNoComparisonSaysSo(t *testing.T) {
	for _, name := range []string{"text", "tap", "markdown", "json"} {
		if text := render(t, name, ci.Report{Runs: []ci.Run{{Record: sample.Late()}}}); !strings.Contains(strings.ToLower(text), compare.NoGreen) {
			t.Errorf("%s does not say that there was nothing to compare with:\n%s", name, text)
		}
	}
}

package reports

import (
	"encoding/xml"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// poisoned is a rich record in which every string is text, up to its length of time and its verdicts.
func poisoned(text string) judge.Record {
	r := sample.PaymentsDies()
	more := sample.Unrestored()
	r.Restored, r.Residue, r.Pages, r.Aborted = false, more.Residue, more.Pages, sample.Aborted().Aborted
	r.Steps[0].Unhealthy, r.Steps[0].Faults[0].Error = "x", "x"
	r.Steps[0].Results = append(r.Steps[0].Results, sample.Passed().Steps[0].Results[0], sample.Inconclusive().Steps[0].Results[0])
	r.Lanes = append(r.Lanes, sample.Inconclusive().Lanes...)
	r.Sources = sample.Inconclusive().Sources
	r.Pages[0].Labels = map[string]string{"a": "b"}
	poison(reflect.ValueOf(&r).Elem(), text)
	return r
}

func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.String && v.Len() > 0 {
			v.Clear()
			v.SetMapIndex(reflect.ValueOf(text), reflect.ValueOf(text))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				poison(v.Field(i), text)
			}
		}
	}
}

var paints = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestTextCannotDriveTheTerminal(t *testing.T) {
	for _, text := range sample.Hostile {
		r := poisoned(text)
		colored := render(t, Text(true), r, r)
		if got := paints.ReplaceAllString(colored, ""); got != render(t, Text(false), r, r) {
			t.Errorf("%q: with the colours taken away the report differs", text)
		}
		for _, line := range strings.Split(render(t, Text(false), r, r), "\n") {
			sample.CheckPlain(t, line)
			if ansi.StringWidth(line) > show.Columns {
				t.Errorf("%d columns: %s", ansi.StringWidth(line), line)
			}
		}
		sample.CheckPlain(t, Line(r))
		sample.CheckPlain(t, show.OneLine(text))
	}
}

func TestOneLineKeepsWhatIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"payments-check died":      "payments-check died",
		"a\n\tb":                   "a b",
		"\x1b[31mred\x1b[0m":       "red",
		"\x1b]0;title\x07":         `\x1b]0;title\x07`,
		"\xff":                     `\xff`,
		"\uFFFD":                   "\uFFFD",
		"\u202e":                   `\u202e`,
		"\u009b2J":                 `\u009b2J`,
		"日本 👩‍💻 ünï":               "日本 👩‍💻 ünï",
		`C:\temp and \x1b as text`: `C:\temp and \x1b as text`,
	} {
		if got := show.OneLine(in); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", in, got, want)
		}
	}
}

var (
	mdTag   = regexp.MustCompile(`(^|[^\\])<[a-zA-Z/!]`)
	mdFolds = regexp.MustCompile(`</?(details|summary)>`)
	mdLinks = regexp.MustCompile(`(^|[^\\])\]\(`)
)

func TestMarkdownShowsWhatItIsGiven(t *testing.T) {
	for _, text := range sample.Hostile {
		out := render(t, Markdown, poisoned(text))
		outside, fences := unfenced(out)
		if fences < 2 {
			t.Errorf("%q: the evidence or the log is not fenced", text)
		}
		rest := mdFolds.ReplaceAllString(outside, "")
		if found := mdTag.FindString(rest); found != "" {
			t.Errorf("%q leaves markup: %q", text, found)
		}
		if found := mdLinks.FindString(rest); found != "" {
			t.Errorf("%q leaves a link: %q", text, found)
		}
		if strings.Contains(rest, "://") || strings.Contains(rest, "@here") {
			t.Errorf("%q leaves an address or a mention", text)
		}
		for _, line := range strings.Split(rest, "\n") {
			if strings.HasPrefix(line, "| ") && len(tableCell.FindAllString(line, -1)) < 3 {
				t.Errorf("%q: a row of a table is torn: %s", text, line)
			}
			if strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "```") {
				t.Errorf("%q: a line of its own: %s", text, line)
			}
		}
		if opened := strings.Count(outside, "<details>"); opened < 3 || strings.Count(outside, "</details>") != opened {
			t.Errorf("%q: %d folds are opened, %d closed", text, opened, strings.Count(outside, "</details>"))
		}
	}
}

// unfenced is Markdown without its blocks of code, and how many there were.
func unfenced(text string) (outside string, fences int) {
	fence := ""
	for line := range strings.Lines(text) {
		bare, opens := strings.CutSuffix(strings.TrimSpace(line), "text")
		switch {
		case fence == "" && opens && strings.HasPrefix(bare, "```") && strings.Trim(bare, "`") == "":
			fence = bare
			fences++
		case fence == "":
			outside += line
		case strings.TrimSpace(line) == fence:
			fence = ""
		}
	}
	return outside, fences
}

var tableCell = regexp.MustCompile(`(^|[^\\])\|`)

func TestXMLIsWellFormed(t *testing.T) {
	for _, text := range sample.Hostile {
		dec := xml.NewDecoder(strings.NewReader(render(t, JUnit, poisoned(text), sample.Passed())))
		for {
			token, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if e, ok := token.(xml.StartElement); ok && !strings.Contains(" testsuites testsuite properties property testcase failure error system-out ", " "+e.Name.Local+" ") {
				t.Errorf("%q leaves an element: %s", text, e.Name.Local)
			}
		}
	}
}

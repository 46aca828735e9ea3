package reports

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/verify"
)

// someFindings are one of each severity, in a file, in a file that a server named, and at a server.
func someFindings() Findings {
	return Findings{
		Looked: "r.yml", Unseen: []string{"source am: connection refused"}, Found: []verify.Finding{
			{Kind: "SF-06", Check: "never-true", Severity: verify.Severe, Subject: "alert A", Text: "absent(x) > 1\nis never true", Advice: "mend it", File: "a b/r.yml", Line: 3, Column: 7},
			{Kind: "SF-12", Check: "silenced", Severity: verify.Risky, Source: "http://127.0.0.1:9093", Subject: "silence 1", Text: "covers A"},
			{Kind: "SF-06", Check: "never-true", Severity: verify.Remark, Source: "prom", Subject: "alert B", Text: "so-so\x1b[31m", File: "/etc/r.yml"},
		},
	}
}

func lintAs(t *testing.T, format string, f Findings) string {
	t.Helper()
	i := slices.IndexFunc(LintFormats(), func(l LintFormat) bool { return l.Name == format })
	var b strings.Builder
	if err := LintFormats()[i].Render(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFindingsAreToldAsACompilerTellsThem(t *testing.T) {
	const want = `a b/r.yml:3:7: error: alert A: absent(x) > 1 is never true [SF-06 never-true]
        mend it
http://127.0.0.1:9093: warning: silence 1: covers A [SF-12 silenced]
`
	got := lintAs(t, "text", someFindings())
	if !strings.HasPrefix(got, want) || strings.Contains(got, "\x1b") || !strings.Contains(got, "prom (/etc/r.yml): note: alert B") ||
		!strings.Contains(got, "could not look: source am: connection refused\n") || !strings.HasSuffix(got, "1 error, 1 warning, 1 note in r.yml; 1 thing could not be looked at\n") {
		t.Errorf("got\n%s", got)
	}
	if got := lintAs(t, "text", Findings{Looked: "r.yml"}); got != "nothing found in r.yml\n" {
		t.Error(got)
	}
}

func TestFindingsAsJSON(t *testing.T) {
	var got Findings
	if err := json.Unmarshal([]byte(lintAs(t, "json", someFindings())), &got); err != nil || len(got.Found) != 3 || got.Found[0].Column != 7 || len(got.Unseen) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if text := lintAs(t, "json", Findings{}); !strings.Contains(text, `"findings": []`) {
		t.Error(text)
	}
}

func TestFindingsAsJUnit(t *testing.T) {
	var all junitSuites
	if err := xml.Unmarshal([]byte(lintAs(t, "junit", someFindings())), &all); err != nil {
		t.Fatal(err)
	}
	if s := all.Suites[0]; s.Tests != 4 || s.Fails != 2 || s.Errors != 1 || len(s.Cases) != 4 || s.Cases[2].Failure != nil {
		t.Errorf("%+v", s)
	}
	if err := xml.Unmarshal([]byte(lintAs(t, "junit", Findings{Looked: "x"})), &all); err != nil || all.Tests != 1 || all.Fails+all.Errors != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestFindingsAsSARIF holds what GitHub's code scanning asks of an upload.
func TestFindingsAsSARIF(t *testing.T) {
	for _, f := range []Findings{someFindings(), {}} {
		var log map[string]any
		if err := json.Unmarshal([]byte(lintAs(t, "sarif", f)), &log); err != nil {
			t.Fatal(err)
		}
		if log["version"] != "2.1.0" || !strings.Contains(fmt.Sprint(log["$schema"]), "sarif-2.1.0") {
			t.Errorf("version %v, schema %v", log["version"], log["$schema"])
		}
		run := log["runs"].([]any)[0].(map[string]any)
		driver := run["tool"].(map[string]any)["driver"].(map[string]any)
		rules := driver["rules"].([]any)
		if driver["name"] == "" || len(rules) != len(f.Found)-min(1, len(f.Found)) {
			t.Errorf("driver %v", driver)
		}
		results := run["results"].([]any)
		if len(results) != len(f.Found) {
			t.Errorf("%d results", len(results))
		}
		for _, r := range results {
			if err := soundResult(r.(map[string]any), rules); err != nil {
				t.Errorf("%v: %v", err, r)
			}
		}
	}
	text := lintAs(t, "sarif", someFindings())
	for _, want := range []string{`"uri": "a%20b/r.yml"`, `"uri": "http://127.0.0.1:9093"`, `"uri": "prom"`, `"startLine": 3`, `"executionSuccessful": false`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func soundResult(r map[string]any, rules []any) error {
	if !slices.ContainsFunc(rules, func(rule any) bool { return rule.(map[string]any)["id"] == r["ruleId"] }) {
		return errors.New("its rule is not among the rules")
	}
	if !slices.Contains([]any{"error", "warning", "note"}, r["level"]) {
		return errors.New("no level of SARIF")
	}
	if text, _ := r["message"].(map[string]any)["text"].(string); text == "" {
		return errors.New("no message")
	}
	place, _ := r["locations"].([]any)[0].(map[string]any)["physicalLocation"].(map[string]any)
	if uri, _ := place["artifactLocation"].(map[string]any)["uri"].(string); uri == "" {
		return errors.New("no place")
	}
	if region, ok := place["region"].(map[string]any); ok && (region["startLine"].(float64) < 1 || region["startColumn"].(float64) < 1) {
		return errors.New("a line or column before the first")
	}
	return nil
}

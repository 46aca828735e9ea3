package reports

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

func suitesOf(t *testing.T, records ...judge.Record) junitSuites {
	t.Helper()
	var all junitSuites
	if err := xml.Unmarshal([]byte(render(t, JUnit, records...)), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRedExactlyWhenNotPassed goes through every verdict, on an expectation and on the run alone.
func TestRedExactlyWhenNotPassed(t *testing.T) {
	for v := judge.Unjudged; v <= judge.Pass; v++ {
		onResult, alone := sample.Passed(), sample.Passed()
		onResult.Verdict, onResult.Steps[0].Results[1].Verdict = v, v
		alone.Verdict, alone.Steps = v, nil
		for name, r := range map[string]judge.Record{"on an expectation": onResult, "alone": alone} {
			all := suitesOf(t, r)
			s := all.Suites[0]
			if red := s.Fails+s.Errors > 0; red != (v != judge.Pass) {
				t.Errorf("%s %s: %d failures, %d errors", v, name, s.Fails, s.Errors)
			}
			if v.Class() == judge.Failed && name == "on an expectation" && (s.Fails != 1 || s.Errors != 0) {
				t.Errorf("%s: %d failures and %d errors, want a failure", v, s.Fails, s.Errors)
			}
			checkCounts(t, all)
		}
	}
}

// checkCounts compares the attributes with what is really there.
func checkCounts(t *testing.T, all junitSuites) {
	t.Helper()
	var tests, fails, errs int
	for _, s := range all.Suites {
		failed := len(slices.DeleteFunc(slices.Clone(s.Cases), func(c junitCase) bool { return c.Failure == nil }))
		wrong := len(slices.DeleteFunc(slices.Clone(s.Cases), func(c junitCase) bool { return c.Error == nil }))
		if s.Tests != len(s.Cases) || s.Fails != failed || s.Errors != wrong || s.Skipped != 0 {
			t.Errorf("suite %s counts %d %d %d, has %d %d %d", s.Name, s.Tests, s.Fails, s.Errors, len(s.Cases), failed, wrong)
		}
		tests, fails, errs = tests+s.Tests, fails+s.Fails, errs+s.Errors
	}
	if all.Tests != tests || all.Fails != fails || all.Errors != errs {
		t.Errorf("the sum is %d %d %d, want %d %d %d", all.Tests, all.Fails, all.Errors, tests, fails, errs)
	}
}

func TestWhatIsLeftIsAnError(t *testing.T) {
	s := suitesOf(t, sample.Unrestored()).Suites[0]
	i := slices.IndexFunc(s.Cases, func(c junitCase) bool { return c.Name == "everything is restored" })
	if i < 0 || s.Cases[i].Error == nil || !strings.Contains(s.Cases[i].Error.Message, "friday recover") || !strings.Contains(s.Cases[i].Error.Text, "SIGCONT") {
		t.Errorf("testcases: %+v", s.Cases)
	}
}

func TestCasesCarryWhatCINeeds(t *testing.T) {
	s := suitesOf(t, sample.Passed()).Suites[0]
	if c := s.Cases[0]; c.Time != "1.200" || c.Classname != "checkout-dies" || !strings.HasPrefix(c.Name, "1. break checkout: fires on inbox") {
		t.Errorf("testcase %+v", c)
	}
	for _, want := range []string{"run", "service", "owner", "environment", "definition", "verdict"} {
		if !slices.ContainsFunc(s.Properties, func(p junitProperty) bool { return p.Name == want && p.Value != "" }) {
			t.Errorf("no property %s among %v", want, s.Properties)
		}
	}
	if _, err := time.Parse("2006-01-02T15:04:05", s.Timestamp); err != nil {
		t.Error(err)
	}
	c := suitesOf(t, sample.PaymentsDies()).Suites[0].Cases[0]
	if c.Failure == nil || c.Failure.Type != "SILENT" || c.Time != "" || !strings.Contains(c.Failure.Text, "broken at signal emitted: payments-check died") {
		t.Errorf("testcase %+v", c)
	}
}

// TestNoTwoCasesHaveOneName: of those that do, GitLab takes the first and drops the others, failures included.
func TestNoTwoCasesHaveOneName(t *testing.T) {
	good, bad, quiet := sample.Passed(), sample.Passed(), sample.Passed()
	bad.Steps[0].Results = append(bad.Steps[0].Results, bad.Steps[0].Results[0], bad.Steps[0].Results[0])
	bad.Verdict, bad.Steps[0].Results[3].Verdict = judge.Silent, judge.Silent
	quiet.Run.Control = true
	seen := map[string]bool{}
	suites := map[string]bool{}
	all := suitesOf(t, good, bad, quiet, good)
	for _, s := range all.Suites {
		suites[s.Name] = true
		for _, c := range s.Cases {
			if seen[c.Classname+"/"+c.Name] {
				t.Errorf("twice: %s/%s", c.Classname, c.Name)
			}
			seen[c.Classname+"/"+c.Name] = true
		}
	}
	for _, name := range []string{"checkout-dies", "checkout-dies (2)", "checkout-dies (negative control)", "checkout-dies (3)"} {
		if !suites[name] {
			t.Errorf("no suite is called %s: %v", name, suites)
		}
	}
	checkCounts(t, all)
}

// TestOrderOfElements: the usual schema wants properties before testcases before system-out.
func TestOrderOfElements(t *testing.T) {
	out := render(t, JUnit, sample.All()...)
	for i, suite := range strings.Split(out, "<testsuite ")[1:] {
		var last int
		for _, tag := range []string{"<properties>", "</properties>", "<testcase ", "<system-out>"} {
			at := strings.Index(suite, tag)
			if at <= last && tag != "<properties>" || at < 0 {
				t.Errorf("suite %d: %s stands at %d, after %d", i, tag, at, last)
			}
			last = at
		}
		if strings.LastIndex(suite, "<testcase ") > last {
			t.Errorf("suite %d: a testcase after system-out", i)
		}
	}
	if !strings.HasPrefix(out, xml.Header+fmt.Sprintf(`<testsuites name="friday" tests="%d"`, suitesOf(t, sample.All()...).Tests)) {
		t.Errorf("begins with %.120s", out)
	}
}

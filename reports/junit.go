package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// The shapes of JUnit XML in the order of elements that its readers agree on.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Tests   int          `xml:"tests,attr"`
		Fails   int          `xml:"failures,attr"`
		Errors  int          `xml:"errors,attr"`
		Time    string       `xml:"time,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Fails      int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Hostname   string          `xml:"hostname,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out,omitempty"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Classname string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr,omitempty"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		Out       string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit renders for CI: a testsuite a run, a testcase an expectation, and one more that is green when everything is
// restored. The time of a testcase is the time to detect. A failed expectation is a failure. What was aborted, is not
// restored or could not be told is an error and never skipped: CI systems show a skipped test as show.Green, and a run that
// proved nothing must not look like one that proved something. So a suite is red exactly when the run is not a PASS. No two
// testcases have one name: of those that do, some CI systems drop all but the first.
func JUnit(w io.Writer, records []judge.Record, _ ...todo.Item) error {
	if err := checkSome(records); err != nil {
		return err
	}
	all := junitSuites{Name: "friday"}
	var total time.Duration
	runs := map[string]int{}
	for _, r := range show.Clean(records) {
		name := ScenarioOf(r)
		runs[name]++
		suite := junitOf(r, numbered(name, runs[name]))
		all.Tests += suite.Tests
		all.Fails += suite.Fails
		all.Errors += suite.Errors
		total += lasted(r)
		all.Suites = append(all.Suites, suite)
	}
	all.Time = inSeconds(total)
	out, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(out)+"\n")
	return err
}

// numbered is a name, told apart from those before it that are the same.
func numbered(name string, n int) string {
	if n > 1 {
		return fmt.Sprintf("%s (%d)", name, n)
	}
	return name
}

func junitOf(r judge.Record, name string) junitSuite {
	s := junitSuite{
		Name: name, Time: inSeconds(lasted(r)), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"), Hostname: r.Run.Host,
		Out: logText(r),
	}
	for _, f := range append(about(r), fact{"verdict", r.Verdict.String()}) {
		s.Properties = append(s.Properties, junitProperty(f))
	}
	for _, step := range r.Steps {
		for _, result := range step.Results {
			s.add(expectationCase(step, result))
		}
	}
	s.add(restoredCase(r))
	if s.Fails+s.Errors == 0 && r.Verdict.Class() != judge.Passed {
		s.add(junitCase{Name: "the run as a whole", Error: &junitProblem{Message: r.Summary, Type: r.Verdict.String()}})
	}
	return s
}

func (s *junitSuite) add(c junitCase) {
	c.Classname = s.Name
	for n, name := 2, c.Name; slices.ContainsFunc(s.Cases, func(d junitCase) bool { return d.Name == c.Name }); n++ {
		c.Name = numbered(name, n)
	}
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Fails++
	}
	if c.Error != nil {
		s.Errors++
	}
}

func expectationCase(step judge.Step, result judge.Result) junitCase {
	c := junitCase{Name: fmt.Sprintf("%d. %s: %s", step.Index, step.Name, result.Text)}
	if result.TimeToDetect != nil {
		c.Time = inSeconds(max(0, result.TimeToDetect.Duration()))
	}
	problem := &junitProblem{Message: result.Reason, Type: result.Verdict.String(), Text: problemText(result)}
	switch result.Verdict.Class() {
	case judge.Passed:
	case judge.Failed:
		c.Failure = problem
	default:
		c.Error = problem
	}
	return c
}

// problemText is what a person needs who sees nothing but the CI's page.
func problemText(r judge.Result) string {
	lines := []string{r.Reason}
	if r.Broken != nil {
		lines = append(lines, "broken at "+r.Broken.Hop.String()+": "+r.Broken.Text)
	}
	for _, n := range r.Near {
		lines = append(lines, "nearly "+n.ID+": "+strings.Join(n.Says, ", "))
	}
	if do := advice(r); do != "" {
		lines = append(lines, "do: "+do)
	}
	return strings.Join(lines, "\n")
}

func restoredCase(r judge.Record) junitCase {
	c := junitCase{Name: "everything is restored"}
	if left := restored(r); !left.Good {
		c.Error = &junitProblem{
			Message: left.Text + " Run: " + left.Do, Type: judge.Unrestored.String(), Text: strings.Join(left.Items, "\n"),
		}
	}
	return c
}

func logText(r judge.Record) string {
	var b strings.Builder
	for _, l := range inOrder(r.Log) {
		b.WriteString(show.Clock(l.At) + "  " + show.OneLine(l.Text) + "\n")
	}
	return b.String()
}

func lasted(r judge.Record) time.Duration {
	if r.Finished.IsZero() {
		return 0
	}
	return r.Finished.Sub(r.Started)
}

func inSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

package ci

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// The shape of GitLab's code quality report, as its documentation asks for it.
type (
	issue struct {
		Description string   `json:"description"`
		CheckName   string   `json:"check_name"`
		Fingerprint string   `json:"fingerprint"`
		Severity    string   `json:"severity"` // info, minor, major, critical or blocker
		Location    location `json:"location"`
	}
	location struct {
		Path  string `json:"path"`
		Lines lines  `json:"lines"`
	}
	lines struct {
		Begin int `json:"begin"`
	}
)

// GitLab writes the code quality report: an array with all that did not pass, the worst first. The fingerprint is made of
// the scenario and the key of the expectation, so that a merge request shows what is new and what is mended; of several
// runs with the same one, the worst stands there. A report in which all is well is an empty array.
func GitLab(w io.Writer, r Report) error {
	if len(r.Runs) == 0 {
		return errNoRun
	}
	all := []issue{}
	for _, p := range r.failures() {
		text := p.named() + ": " + p.head()
		if p.reason != "" {
			text += ": " + show.OneLine(p.reason)
		}
		one := issue{
			Description: text, CheckName: "friday/" + p.verdict.String(), Fingerprint: p.fingerprint(), Severity: p.severity(),
			Location: location{r.place(p), lines{max(1, p.line)}},
		}
		if !slices.ContainsFunc(all, func(i issue) bool { return i.Fingerprint == one.Fingerprint }) {
			all = append(all, one)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

// place is a path even for what came from no file: GitLab throws away what has none.
func (r Report) place(p point) string {
	if file := r.path(p.run); file != "" {
		return file
	}
	return "stdin"
}

// fingerprint is the same for the same expectation of the same scenario in all runs.
func (p point) fingerprint() string {
	text, err := json.Marshal([]any{"friday", p.run.Run.Scenario, p.run.Run.Control, p.key})
	if err != nil { // strings can always be written
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// severity: what is left broken is worse than a page that did not come, and that is worse than a late one. What could not
// be told counts as much as a failure, for it proves nothing.
func (p point) severity() string {
	switch p.verdict {
	case judge.Unrestored:
		return "blocker"
	case judge.Silent, judge.Wrong, judge.FalseRecovery:
		return "critical"
	default:
		return "major"
	}
}

package verify

// Severity of a finding.
type Severity string

// The severities, worst first.
const (
	Severe Severity = "error"   // a page that is expected cannot come
	Risky  Severity = "warning" // it will not come when it matters, or come too late
	Remark Severity = "note"
)

// Finding is a silent failure that waits to happen, found with nothing broken.
type Finding struct {
	Kind     string   `json:"kind"`  // SF-01 …
	Check    string   `json:"check"` // which check found it: never-matches
	Severity Severity `json:"severity"`
	Source   string   `json:"source,omitempty"`  // name of the source, where a live one was asked
	Subject  string   `json:"subject,omitempty"` // what it is about: alert CheckoutDown
	Text     string   `json:"text"`              // one sentence
	Advice   string   `json:"advice,omitempty"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`   // from 1; 0 is not known
	Column   int      `json:"column,omitempty"` // from 1, in characters; 0 is not known
}

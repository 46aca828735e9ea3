package verify

import (
	"context"
	"time"

	"github.com/failurefriday/friday/internal/site"
)

// Source is an alerting system that can be asked for its incidents. Every method is read-only, may be called any number
// of times, and returns an error whenever it could not look: an empty answer from a Source is proof of absence.
type Source interface {
	// Ready reports whether the source can be reached with good credentials; otherwise its silence proves nothing.
	Ready(ctx context.Context) error
	// Open lists every incident that is open now, of all pages of the answer.
	Open(ctx context.Context) ([]Incident, error)
	// Since lists every incident opened at or after t (the source's clock), in any state, of all pages, with what
	// happened to it so far. It costs the same number of requests whatever is expected of the answer.
	Since(ctx context.Context, t time.Time) ([]Incident, error)
}

// Clocked is a source that measures how far the alerting system's clock is ahead of ours. The offset is 0 with known
// true when the clocks agree within what can be measured.
type Clocked interface {
	Offset() (offset time.Duration, known bool)
}

// Remote is a source that is asked over the network. A network fault must leave the way to it alone.
type Remote interface {
	// Address is the URL that it is asked at.
	Address() string
}

// Hearer is a source that hears alerts which page nobody as well. A canary is often one of them.
type Hearer interface {
	// Heard lists every alert that is active now, with when it was last heard of.
	Heard(ctx context.Context) ([]Incident, error)
}

// Tracer is a source that can give evidence for the hops it can see. It is asked at plan time, when Broken evidence
// warns, and again while a step runs, when it explains.
type Tracer interface {
	Sighted
	Trace(ctx context.Context, expected []Expectation) ([]Evidence, error)
}

// Sighted is a source that declares what it can see.
type Sighted interface {
	// Sees lists the hops that this source can ever tell of.
	Sees() []Hop
}

// Follower is a Tracer that follows pages while a step runs: a look afterwards would miss what was pending and is not any
// more.
type Follower interface {
	Tracer
	// Follow begins to follow the pages that are expected, before anything is broken. It makes no request.
	Follow(expected []Expectation) Trail
}

// Trail is how far the pages of one step have come. It remembers what it has seen.
type Trail interface {
	// Look samples every hop once and tells, for each expectation whose Alert it knows, how far the page has come as of
	// now, with the times of the server's own clock, corrected. Fault is when the fault came into force, our clock; zero
	// as long as it is not. The number of requests does not depend on how much is expected. An error means that it could
	// not look: then nothing that was not seen is known.
	Look(ctx context.Context, fault time.Time) ([]Evidence, error)
}

// Auditor is a source that finds, from its configuration and with nothing broken, what would keep a page from coming.
type Auditor interface {
	Audit(ctx context.Context) ([]Finding, error)
}

// Probe looks at one thing once: for the steady state, the pulse of a watcher, an abort condition. The error means that
// it could not look; a target that does not answer is a Pulse that is not OK.
type Probe interface {
	Check(ctx context.Context) (Pulse, error)
}

// Pulse is what a probe saw.
type Pulse struct {
	OK      bool    `json:"ok"`
	Detail  string  `json:"detail,omitempty"`  // "200 in 3ms", "connection refused"
	Subject string  `json:"subject,omitempty"` // who answered: "checkout (pid 812)"; another one is a restart
	Latency Seconds `json:"latency_s,omitempty"`
	// Heard is, for a canary, when it was last heard, by our clock.
	Heard time.Time `json:"heard,omitzero"`
}

// Sited is a probe that knows where its subject lives.
type Sited interface {
	Sites(ctx context.Context) ([]site.Site, error)
}

// SourceKind is an entry in the list of sources.
type SourceKind struct {
	Name    string
	Summary string
	Example string // parameters as YAML, a mapping in flow style
	// Follows is true for kinds that follow pages: they are asked although no expectation names them.
	Follows bool
	// New returns parameters with their defaults: a pointer to a struct with `yaml` and `doc` tags that implements
	// SourceParams.
	New func() SourceParams
}

// SourceParams are the settings of one source, ready to be decoded from friday.yaml.
type SourceParams interface {
	// Build makes the source called name. It reads its secrets but makes no request.
	Build(name string, env Env) (Source, error)
}

// ProbeKind is an entry in the list of probes. New returns a pointer to a struct with `yaml` and `doc` tags.
type ProbeKind struct {
	Name    string
	Summary string
	Example string
	New     func() Probe
}

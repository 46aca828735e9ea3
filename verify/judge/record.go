package judge

import (
	"time"

	"github.com/failurefriday/friday/verify"
)

// Version of the record's shape. It grows when a field changes its meaning or goes; new fields do not change it.
const Version = 1

// Record is all that is known of a run, judged. Every report is rendered from it and from nothing else. Times are the
// runner's clock in UTC; the times of incidents have been corrected by the measured clock offset.
type Record struct {
	Version  int               `json:"version"`
	Run      verify.RunInfo    `json:"run"`
	Verdict  Verdict           `json:"verdict"` // the worst of all results; UNRESTORED and ABORTED outrank them
	Summary  string            `json:"summary"` // one sentence
	Started  time.Time         `json:"started"`
	Finished time.Time         `json:"finished,omitzero"` // zero: the runner died
	Aborted  *Abort            `json:"aborted,omitempty"`
	Restored bool              `json:"restored"` // nothing of ours is in force and every steady state came back
	Residue  []Residue         `json:"residue,omitempty"`
	Warnings []string          `json:"warnings,omitempty"`
	Steps    []Step            `json:"steps"`
	Watchers []Watcher         `json:"watchers,omitempty"`
	Sources  []Source          `json:"sources,omitempty"`
	Lanes    []Lane            `json:"lanes,omitempty"`
	Log      []LogLine         `json:"log,omitempty"`   // what happened, in words, oldest first
	Pages    []verify.Incident `json:"pages,omitempty"` // every incident of the run, expected or not, but for those that were over before anything was broken
}

// Abort is why the run stopped before its time.
type Abort struct {
	At     time.Time    `json:"at"`
	By     verify.Cause `json:"by"`
	Reason string       `json:"reason"`
}

// Residue is a fault that is still in force, or that nobody could look at, after the revert.
type Residue struct {
	Fault  string `json:"fault"`
	Target string `json:"target"`
	Why    string `json:"why"`
}

// Step is one step of the run.
type Step struct {
	Index     int       `json:"index"` // from 1
	Name      string    `json:"name"`
	Verdict   Verdict   `json:"verdict"`
	Started   time.Time `json:"started,omitzero"`
	InForce   time.Time `json:"in_force,omitzero"` // first moment at which a fault was seen in force: all deadlines count from here
	Symptom   time.Time `json:"symptom,omitzero"`  // first red pulse of a steady-state probe after the injection
	HoldEnd   time.Time `json:"hold_end,omitzero"`
	HoldWhy   string    `json:"hold_why,omitempty"` // why the hold ended
	Reverted  time.Time `json:"reverted,omitzero"`  // the last revert was done
	Healthy   time.Time `json:"healthy,omitzero"`   // steady state green again
	Ended     time.Time `json:"ended,omitzero"`
	Unhealthy string    `json:"unhealthy,omitempty"` // why it never became healthy
	Faults    []Fault   `json:"faults"`
	Results   []Result  `json:"results"`
}

// Fault is one change, as it went.
type Fault struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Target   string         `json:"target"`
	Injected time.Time      `json:"injected,omitzero"`
	InForce  time.Time      `json:"in_force,omitzero"`
	Reverted time.Time      `json:"reverted,omitzero"`
	DownFor  verify.Seconds `json:"down_for_s"`       // seen in force, between the injection and the revert
	Share    float64        `json:"share"`            // of the time between being in force and the revert, 0 to 1
	Again    int            `json:"again,omitempty"`  // how often sustain struck again
	Effect   *verify.Effect `json:"effect,omitempty"` // what it did to whom it was meant for, where that can be counted
	Error    string         `json:"error,omitempty"`
}

// Result is the verdict on one expectation.
type Result struct {
	verify.Expectation
	Verdict  Verdict   `json:"verdict"`
	Reason   string    `json:"reason"`           // one sentence that can stand alone
	Advice   string    `json:"advice,omitempty"` // what to do about it
	Kind     string    `json:"kind,omitempty"`   // SF-01 …, the kind of silent failure, where it is known
	Deadline time.Time `json:"deadline,omitzero"`
	// Budget is how long the page takes at best and at worst, as the configuration foretold it.
	Budget *verify.Budget `json:"budget,omitempty"`

	Detected     time.Time `json:"detected,omitzero"`   // the first matching incident was opened
	FirstSeen    time.Time `json:"first_seen,omitzero"` // the poll that first showed it was complete
	Notified     time.Time `json:"notified,omitzero"`
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	Resolved     time.Time `json:"resolved,omitzero"`

	TimeToDetect      *verify.Seconds `json:"time_to_detect_s,omitempty"`      // Detected − Step.InForce
	TimeToNotify      *verify.Seconds `json:"time_to_notify_s,omitempty"`      // Notified − Step.InForce
	TimeToAcknowledge *verify.Seconds `json:"time_to_acknowledge_s,omitempty"` // Acknowledged − Detected
	TimeToResolve     *verify.Seconds `json:"time_to_resolve_s,omitempty"`     // Resolved − Detected
	ResetTime         *verify.Seconds `json:"reset_time_s,omitempty"`          // Resolved − Step.Healthy; negative is a false recovery
	Margin            *verify.Seconds `json:"margin_s,omitempty"`              // Deadline − Detected

	Matched []string          `json:"matched,omitempty"` // ids of the incidents that matched
	Near    []Near            `json:"near,omitempty"`    // incidents that nearly did
	Broken  *verify.Evidence  `json:"broken,omitempty"`  // the first broken hop, for every verdict that accuses
	Hops    []verify.Evidence `json:"hops"`              // all thirteen, in order; unknown ones too
}

// Near is an incident that matched in part.
type Near struct {
	ID   string   `json:"id"`
	Says []string `json:"says"` // "urgency is low, not high"
}

// Watcher is what became of one monitor.
type Watcher struct {
	Name   string        `json:"name"`
	Canary bool          `json:"canary,omitempty"` // not a monitor, but an alert that always fires
	Fates  []verify.Fate `json:"fates,omitempty"`
	Steps  []WatcherStep `json:"steps,omitempty"`
}

// WatcherStep is what became of a monitor in one step.
type WatcherStep struct {
	Step   int   `json:"step"`
	Before State `json:"before"`
	During State `json:"during"`
	After  State `json:"after"`
	// Died is the first red pulse after the injection; After the target by AfterTarget.
	Died        time.Time       `json:"died,omitzero"`
	AfterTarget *verify.Seconds `json:"after_target_s,omitempty"` // Died − Step.InForce; may be slightly negative
	Back        time.Time       `json:"back,omitzero"`            // first green pulse after the revert, if it had died
	Restarted   bool            `json:"restarted,omitempty"`      // another process answers now than before
	// Heard is, of a canary, when it was last heard before the hold ended; Age how long before.
	Heard time.Time       `json:"heard,omitzero"`
	Age   *verify.Seconds `json:"age_s,omitempty"`
	// Blind: alive all through a step in which an expected page never came.
	Blind bool   `json:"blind,omitempty"`
	Says  string `json:"says"` // one sentence
}

// State of something that is looked at.
type State string

// What a look can say; the zero value is unknown.
const (
	StateUnknown State = ""
	Alive        State = "alive"
	Dead         State = "dead"
)

// Source is how well one source could be seen.
type Source struct {
	Name        string         `json:"name"`
	Kind        string         `json:"kind"`
	Polls       int            `json:"polls"`
	Failures    int            `json:"failures"`
	LastError   string         `json:"last_error,omitempty"`
	Requests    int            `json:"requests"`
	Bytes       int64          `json:"bytes,omitempty"`   // of its answers, where it counts them
	Follows     bool           `json:"follows,omitempty"` // it was asked only for the hops
	Sees        []verify.Hop   `json:"sees,omitempty"`    // the hops that it can tell of
	Offset      verify.Seconds `json:"offset_s"`
	OffsetKnown bool           `json:"offset_known"`
	Blind       []Span         `json:"blind,omitempty"` // stretches with no good answer
}

// Lane is one row of the timeline.
type Lane struct {
	Name  string   `json:"name"`
	Kind  LaneKind `json:"kind"`
	Step  int      `json:"step,omitempty"` // 0: all steps
	Spans []Span   `json:"spans"`
}

// LaneKind says what a lane shows.
type LaneKind string

// The lanes, in the order in which they are drawn.
const (
	LaneFault    LaneKind = "fault"
	LaneService  LaneKind = "service"
	LaneWatcher  LaneKind = "watcher"
	LaneHop      LaneKind = "hop"
	LaneSource   LaneKind = "source"
	LaneIncident LaneKind = "incident"
)

// Span is a stretch of a lane in one state. To may equal From for a moment.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	State string    `json:"state"` // active, green, red, unknown, triggered, acknowledged, resolved, notified
	Text  string    `json:"text,omitempty"`
}

// LogLine is one line of the run's log.
type LogLine struct {
	At   time.Time `json:"at"`
	Step int       `json:"step,omitempty"`
	Text string    `json:"text"`
}

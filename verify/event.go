package verify

import "time"

// Type names what an event tells.
type Type string

// The types of events, each with the field of Event that it fills.
const (
	RunStarted    Type = "run.started"     // Run
	RunPlanned    Type = "run.planned"     // Plan
	SourceReady   Type = "source.ready"    // Poll: the clock offset; Error if not ready
	BaselineSeen  Type = "baseline"        // Poll, then one IncidentSeen with Baseline set for each open incident
	GuardArmed    Type = "guard.armed"     // Text
	StepStarted   Type = "step.started"    // –
	FaultIntent   Type = "fault.intended"  // Fault; the undo is on disk
	FaultMade     Type = "fault.injected"  // Fault; Error if it failed
	FaultLook     Type = "fault.sampled"   // Fault.Active; Error if it could not look
	FaultAgain    Type = "fault.sustained" // Fault.Hits
	FaultMeasured Type = "fault.measured"  // Fault.Effect; Error if it could not be measured
	PulseTaken    Type = "pulse"           // Pulse
	Polled        Type = "poll"            // Poll
	IncidentSeen  Type = "incident"        // Incident: new, or changed since it was last seen
	Traced        Type = "evidence"        // Evidence: new, or other than before
	Followed      Type = "look"            // Poll: a look at the hops; Error if it failed. What it showed comes before it
	HoldEnded     Type = "hold.ended"      // Text: why
	FaultUndone   Type = "fault.reverted"  // Fault; Error if it failed
	Residue       Type = "fault.residue"   // Fault is still in force after the revert, or nobody can tell (Error)
	Restored      Type = "step.restored"   // Text; the steady state is green again (or there is none) and no fault is in force
	NotRestored   Type = "step.unrestored" // Text: what is still red after recover_within
	StepEnded     Type = "step.ended"      // –
	Aborted       Type = "run.aborted"     // Abort
	Warned        Type = "warning"         // Text
	RunEnded      Type = "run.ended"       // –
)

// Event is one line of a run's history. Everything that was observed is an event; judging reads nothing else.
type Event struct {
	Seq  int       `json:"seq"` // from 1, no gaps
	At   time.Time `json:"at"`  // the runner's clock, UTC, never going back within a run
	Type Type      `json:"type"`
	Step int       `json:"step,omitempty"` // from 1; 0 is the run as a whole
	Text string    `json:"text,omitempty"`
	// Error is why something failed or could not be looked at.
	Error string `json:"error,omitempty"`

	Run      *RunInfo      `json:"run,omitempty"`
	Plan     *PlanInfo     `json:"plan,omitempty"`
	Fault    *FaultEvent   `json:"fault,omitempty"`
	Pulse    *PulseEvent   `json:"pulse,omitempty"`
	Poll     *PollEvent    `json:"poll,omitempty"`
	Incident *SeenIncident `json:"incident,omitempty"`
	Evidence *Evidence     `json:"evidence,omitempty"`
	Abort    *AbortEvent   `json:"abort,omitempty"`
}

// RunInfo is who ran what, where.
type RunInfo struct {
	ID          string `json:"id"`
	Friday      string `json:"friday"` // version
	Scenario    string `json:"scenario"`
	Title       string `json:"title,omitempty"`
	Service     string `json:"service,omitempty"`
	Owner       string `json:"owner,omitempty"`
	Hypothesis  string `json:"hypothesis,omitempty"`
	File        string `json:"file,omitempty"`
	Definition  string `json:"definition,omitempty"` // sha256 of the scenario after variables
	Environment string `json:"environment,omitempty"`
	Host        string `json:"host,omitempty"`
	User        string `json:"user,omitempty"`
	Seed        uint64 `json:"seed"`
	Control     bool   `json:"control,omitempty"` // negative control: no fault is injected
}

// PlanInfo is the plan as the judge needs it.
type PlanInfo struct {
	Sources  []SourcePlan  `json:"sources,omitempty"`
	Steady   []string      `json:"steady,omitempty"` // names of the steady-state probes
	Watchers []WatcherPlan `json:"watchers,omitempty"`
	Steps    []StepPlan    `json:"steps"`
	Warnings []string      `json:"warnings,omitempty"`
}

// SourcePlan is one source of the run.
type SourcePlan struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Sees []Hop  `json:"sees,omitempty"`
	// Follows is true where the source is asked only for the hops: no expectation names it.
	Follows bool `json:"follows,omitempty"`
}

// WatcherPlan is one watcher, and what it shares with the targets it watches.
type WatcherPlan struct {
	Name  string `json:"name"`
	Fates []Fate `json:"fates,omitempty"`
	// Canary marks an alert that always fires: where it stops, the whole way of the pages is dead.
	Canary bool `json:"canary,omitempty"`
}

// SharesProcess is what a Fate shares where the watcher is the target itself.
const SharesProcess = "process"

// Fate is one thing that a watcher and a target share.
type Fate struct {
	Step   int    `json:"step"`
	Target string `json:"target"`
	// Shares is what they have in common: process, process tree, process group, session, cgroup, container,
	// network namespace, supervisor, unit.
	Shares string `json:"shares"`
	Detail string `json:"detail"` // "both are children of runsv (pid 77)"
	// Dies predicts that the watcher goes down with its target; otherwise it only may.
	Dies bool `json:"dies,omitempty"`
}

// StepPlan is one step of the plan.
type StepPlan struct {
	Name          string        `json:"name"`
	Hold          Seconds       `json:"hold_s"`
	HoldFull      bool          `json:"hold_full,omitempty"`
	Momentary     bool          `json:"momentary,omitempty"` // the fault is meant to heal by itself
	RecoverWithin Seconds       `json:"recover_within_s"`
	Faults        []FaultPlan   `json:"faults"`
	Expect        []Expectation `json:"expect,omitempty"`
	Budgets       []Budget      `json:"budgets,omitempty"`  // of the expectations that somebody could foretell
	AbortIf       []string      `json:"abort_if,omitempty"` // names of the probes whose red aborts
}

// FaultPlan is one planned change.
type FaultPlan struct {
	ID           string `json:"id"` // step.attack.change, all from 1
	Kind         string `json:"kind"`
	Target       string `json:"target"`
	Irreversible bool   `json:"irreversible,omitempty"`
	Sustained    bool   `json:"sustained,omitempty"`
}

// FaultEvent is something that happened to one fault.
type FaultEvent struct {
	ID     string  `json:"id"`
	Kind   string  `json:"kind"`
	Target string  `json:"target"`
	Active bool    `json:"active,omitempty"`
	Hits   int     `json:"hits,omitempty"`
	Effect *Effect `json:"effect,omitempty"`
}

// Effect is what a fault has done so far to whom it was meant for.
type Effect struct {
	Hits uint64 `json:"hits"` // 0: nobody has felt it
	Text string `json:"text"` // "214 packets dropped (12.1 KiB)"
}

// Role says what a pulse is for.
type Role string

// The roles of a probe.
const (
	Steady  Role = "steady"
	Watcher Role = "watcher"
	AbortIf Role = "abort_if"
)

// PulseEvent is one pulse. Between two pulses of the same probe the state is taken to be that of the earlier one.
// A pulse that could not be taken has Event.Error set and OK false; it is unknown, not red.
type PulseEvent struct {
	Role Role   `json:"role"`
	Name string `json:"name"`
	Pulse
}

// PollEvent is one look at a source. Event.At is when the answer was complete.
type PollEvent struct {
	Source      string    `json:"source"`
	Asked       time.Time `json:"asked"` // when the request was sent, the runner's clock
	Since       time.Time `json:"since,omitzero"`
	Incidents   int       `json:"incidents"`
	Requests    int       `json:"requests,omitempty"`
	Bytes       int64     `json:"bytes,omitempty"`    // of the answers
	Offset      Seconds   `json:"offset_s,omitempty"` // the source's clock minus ours
	OffsetKnown bool      `json:"offset_known,omitempty"`
}

// SeenIncident is an incident as a poll saw it. Event.At is when the poll's answer was complete.
type SeenIncident struct {
	Incident
	// Baseline marks an incident that was open before the fault: it can never satisfy an expectation.
	Baseline bool `json:"baseline,omitempty"`
	// Before is when the last poll that did not show the incident was asked; zero if there was none.
	Before time.Time `json:"before,omitzero"`
}

// AbortEvent is why a run was stopped before its time.
type AbortEvent struct {
	By     Cause  `json:"by"`
	Reason string `json:"reason"`
}

// Cause is who stopped a run.
type Cause string

// What stops a run before its time.
const (
	ByProbe    Cause = "abort_if" // a guard rail
	ByHalt     Cause = "halt"     // friday halt
	BySignal   Cause = "signal"   // Ctrl-C, SIGTERM, SIGHUP
	ByGuard    Cause = "guard"    // the guard died: nobody would undo the fault if the runner died too
	ByFailure  Cause = "failure"  // the runner could not go on: an injection failed, the disk is full
	ByDeadline Cause = "deadline" // the time limit of a fault passed
)

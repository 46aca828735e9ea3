// Package attacks is the vocabulary of faults: what an attack is, and what one change to the world is.
//
// Every attack goes through the same four verbs: Plan looks, Inject breaks, Active looks again, Revert mends.
// Nothing here or in a kind keeps state between the verbs: a Change carries all that Revert needs, so that another
// process, on another day, can undo what a dead one did.
package attacks

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"time"

	"github.com/failurefriday/friday/internal/site"
)

// ErrNoTarget is returned by Plan when the selector matches nothing. It is never a pass.
var ErrNoTarget = errors.New("no target matches")

// Attack breaks one thing. The exported fields of the implementer are its parameters, described by the struct tags
// `yaml:"name"` and `doc:"one line of help"`.
type Attack interface {
	// Plan resolves the selector to the changes that Inject would make, one a target. It only looks. A selector that
	// matches nothing is ErrNoTarget; every other reason not to go on is an error too, all of them at once.
	Plan(ctx context.Context) ([]Change, error)
	// Inject makes one change, which is already in the journal. A target that is gone or has been replaced since Plan
	// is an error: a stranger is never hit.
	Inject(ctx context.Context, c Change) error
	// Active reports whether the fault is in force right now. An error means that it could not look.
	Active(ctx context.Context, c Change) (bool, error)
	// Revert undoes the change. It needs c alone: it may be called in another process, on an attack with no
	// parameters, for a change that was never made, and any number of times. A target that is gone counts as clean.
	Revert(ctx context.Context, c Change) error
}

// Change is one planned modification of one target. It survives a round trip through JSON unharmed.
type Change struct {
	Kind   string          `json:"kind"`           // name of the attack's Kind
	Target string          `json:"target"`         // for people: "checkout (pid 812)"
	Undo   json.RawMessage `json:"undo,omitempty"` // all that Inject, Active and Revert need
	// Irreversible says that Revert cannot bring the target back (a SIGKILL with nobody to restart it). The journal
	// keeps such a change as history and never counts it as owed.
	Irreversible bool `json:"irreversible,omitempty"`
}

// Kind is an entry in the list of attacks.
type Kind struct {
	Name    string        // noun.verb: process.kill
	Summary string        // one line, for `friday attacks`
	Example string        // parameters as YAML, a mapping in flow style: {match: {name: checkout}}
	New     func() Attack // an attack with its defaults filled in
	// AtOnce is how many changes of one attack may be made, looked at or undone at the same time; 0 means one after the
	// other. The methods of such a kind are safe for concurrent use.
	AtOnce int
}

// Sustainer is an attack that can strike again when a supervisor brings its target back. Sustain looks once and hits
// whatever has come back; it reports how many it hit. It is called many times a second during the hold.
type Sustainer interface {
	// Sustained reports whether the parameters ask for it.
	Sustained() bool
	Sustain(ctx context.Context, c Change) (hits int, err error)
}

// Limits are the guard rails of a run that an attack keeps to when it plans.
type Limits struct {
	Seed       uint64 // for `pick`: the same seed picks the same targets
	MaxTargets int    // 0 means no bound
	// Protected tells why the process must not be attacked; "" means that it may be. nil protects only what is always
	// protected.
	Protected func(pid int) (reason string)
	// Paths are the connections without which the run would be blind or nobody could stop it.
	Paths []Path
}

// Path is a connection of Friday's own that no network fault may touch: to an alerting system, or the one over which
// somebody is logged in. It matters only to faults in the network namespace through which it goes.
type Path struct {
	What   string         // for people: "source pagerduty (api.pagerduty.com:443)"
	Remote netip.AddrPort // the other end
	Local  uint16         // port on this end, 0 if any
	Named  bool           // the other end is known by a name that must be looked up
}

// Limited is an attack that takes the guard rails of the run. Limit is called before Plan.
type Limited interface {
	Limit(l Limits)
}

// Final is an attack that may be beyond undoing. CannotUndo says why, or "" if it can be undone with its parameters as
// they are; the scenario must then accept it with `irreversible: true`.
type Final interface {
	CannotUndo() (reason string)
}

// Leased is an attack whose faults the kernel ends by itself a while after nobody renews them any more. It is the net below
// the guard: it needs nobody alive.
type Leased interface {
	// Lease is how long a fault stays in force after Inject or the last Renew.
	Lease() time.Duration
	// Renew begins the lease anew. It is an error if the fault is not there any more; Renew never brings one back that has
	// been reverted.
	Renew(ctx context.Context, c Change) error
}

// Witness is an attack whose Inject returns nil only when it has seen the fault in force itself, because the fault may be
// over by the time anybody else looks: a restart.
type Witness interface {
	// Witnessed reports whether that holds with the parameters as they are.
	Witnessed() bool
}

// Measured is an attack that counts what its fault does to whom it is meant for.
type Measured interface {
	// Measure tells what the fault has hit since it was injected. It is asked while the fault is in force.
	Measure(ctx context.Context, c Change) (Effect, error)
}

// Effect is what a fault has done so far.
type Effect struct {
	Hits uint64 // packets lost, connections refused; 0 is a fault that nobody has felt
	Text string // for people: "214 packets dropped (12.1 KiB)"
}

// Sited is an attack that knows where its targets live; used to find monitors that share their fate.
type Sited interface {
	Sites(ctx context.Context, c Change) ([]site.Site, error)
}

// Sweeper finds what an attack left behind with no journal at all, by its mark, and undoes it. It returns a line for
// each thing it mended. A kind whose faults carry no mark does not implement it.
type Sweeper interface {
	Sweep(ctx context.Context) (mended []string, err error)
}

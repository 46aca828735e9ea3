// Package judge turns a run's history into its record. It is a pure function: no I/O, no clock, and the same history
// always gives the same record.
package judge

import (
	"fmt"
	"slices"
)

// Verdict on one expectation, or the worst of many on a run. The zero Verdict is Unjudged, which is not a pass.
type Verdict int

// The verdicts, in the order of the lattice from worst to best; Worst relies on it.
const (
	Unjudged      Verdict = iota
	Unrestored            // something is still in force, or the steady state never came back
	Aborted               // a guard rail, a person or a failure stopped the run
	Silent                // the page never came, though the fault was in force and we could look
	Wrong                 // an incident came, but not the one that was asked for
	Unexpected            // an incident came that must not
	FalseRecovery         // the incident was resolved while the fault was in force
	Stuck                 // the incident was not resolved after the recovery
	Late                  // it came, after its deadline
	Noisy                 // more incidents than at_most
	Void                  // the fault never took effect, or healed too soon
	Inconclusive          // we could not look
	Impossible            // the deadline is below what the alert path can do
	Pass
)

var verdictNames = []string{
	"UNJUDGED", "UNRESTORED", "ABORTED", "SILENT", "WRONG", "UNEXPECTED", "FALSE-RECOVERY", "STUCK", "LATE", "NOISY",
	"VOID", "INCONCLUSIVE", "IMPOSSIBLE", "PASS",
}

// String is the verdict as reports show it.
func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		return fmt.Sprintf("VERDICT(%d)", int(v))
	}
	return verdictNames[v]
}

// MarshalText writes the name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames, string(text))
	if i < 0 {
		return fmt.Errorf("unknown verdict %q", text)
	}
	*v = Verdict(i)
	return nil
}

// Class groups verdicts by what a pipeline does about them.
type Class int

// The classes; their exit codes are the business of the command line.
const (
	CannotTell Class = iota // UNJUDGED, VOID, INCONCLUSIVE, IMPOSSIBLE
	Passed
	Failed
	Stopped // ABORTED
	Left    // UNRESTORED
)

// Class of v.
func (v Verdict) Class() Class {
	switch v {
	case Pass:
		return Passed
	case Unrestored:
		return Left
	case Aborted:
		return Stopped
	case Silent, Wrong, Unexpected, FalseRecovery, Stuck, Late, Noisy:
		return Failed
	case Unjudged, Void, Inconclusive, Impossible:
		return CannotTell
	default:
		return CannotTell
	}
}

// Worst returns the worst of the verdicts; of none, Unjudged.
func Worst(verdicts ...Verdict) Verdict {
	if len(verdicts) == 0 {
		return Unjudged
	}
	return slices.MinFunc(verdicts, func(a, b Verdict) int { return rank(a) - rank(b) })
}

// rank puts Unjudged beside INCONCLUSIVE, where it belongs: worse than a pass, no accusation.
func rank(v Verdict) int {
	if v == Unjudged {
		return 2*int(Inconclusive) - 1
	}
	return 2 * int(v)
}

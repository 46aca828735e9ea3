package quarter

import (
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// cellSign stands in every cell, so that colour is not all there is.
func cellSign(e metrics.Entry) string {
	switch e.State {
	case metrics.Proven:
		return "✓"
	case metrics.Stale:
		return "◷"
	case metrics.Untested:
		return "?"
	case metrics.Failed:
		if e.Outcome == judge.Silent {
			return "✗"
		}
	}
	return "!"
}

// cellWord is the state of a cell in one or two words.
func cellWord(e metrics.Entry) string {
	switch e.State {
	case metrics.Failed:
		return strings.ToLower(e.Outcome.String())
	case metrics.Untested, metrics.Stale, metrics.Proven:
	}
	return string(e.State)
}

// cellLook is the class of a cell's colour.
func cellLook(e metrics.Entry) string {
	switch e.State {
	case metrics.Proven:
		return "good"
	case metrics.Failed:
		if e.Outcome == judge.Silent || e.Outcome == judge.Unrestored {
			return "silent"
		}
		return "late"
	case metrics.Stale:
		return "stale"
	case metrics.Untested:
	}
	return "untested"
}

// cellNote is what else there is to say of a cell.
func (r Report) cellNote(e metrics.Entry) string {
	switch {
	case e.State == metrics.Untested && e.Excluded > 0:
		return fmt.Sprintf("%d did not count", e.Excluded)
	case e.State == metrics.Untested:
		return "never tried"
	case e.State == metrics.Stale:
		return show.Age(metrics.ProvenAge(r.asOf(), e.LastPass)) + " ago"
	case e.Faults == 0:
		return "before"
	}
	return fmt.Sprintf("%d of %d", e.Passed, e.Faults)
}

// asOf is up to when ages count.
func (r Report) asOf() time.Time { return Options{Now: r.Made, Until: r.Until}.asOf() }

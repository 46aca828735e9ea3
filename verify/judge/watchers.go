package judge

import (
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// life is what became of one watcher in one step.
type life struct {
	name      string
	before    State
	during    State
	after     State
	died      time.Time
	deaths    int
	back      time.Time
	restarted bool
	fate      *verify.Fate // the tie that foretold it, the certain one first
}

// life follows the pulses of a watcher through a step. What could not be looked at is no death.
func (r *reading) life(w verify.WatcherPlan, s *step) life {
	l := life{name: w.Name, fate: fateIn(w, s.index)}
	injected, reverted := s.injected(), s.reverted()
	var subject string
	for _, p := range r.pulses[pulseKey{verify.Watcher, w.Name}] {
		if p.step != s.index {
			continue
		}
		state := StateUnknown
		if !p.unknown {
			state = map[bool]State{true: Alive, false: Dead}[p.ok]
		}
		switch {
		case injected.IsZero() || p.at.Before(injected):
			l.before, subject = state, p.subject
			l.during = state
		case reverted.IsZero() || p.at.Before(reverted):
			if state == Dead {
				if l.died.IsZero() {
					l.died = p.at
				}
				if l.during != Dead || l.deaths == 0 {
					l.deaths++
				}
			}
			l.during = state
		}
		if !reverted.IsZero() && !p.at.Before(reverted) && state == Alive && !l.died.IsZero() && l.back.IsZero() {
			l.back = p.at
		}
		if p.ok && subject != "" && p.subject != "" && p.subject != subject {
			l.restarted = true
		}
		l.after = state
	}
	if !l.died.IsZero() {
		l.during = Dead
	}
	return l
}

// fateIn is the tie of a watcher with a target of the step, the most certain one.
func fateIn(w verify.WatcherPlan, step int) *verify.Fate {
	var found *verify.Fate
	for _, f := range w.Fates {
		if f.Step == step && (found == nil || f.Dies && !found.Dies) {
			found = &f
		}
	}
	return found
}

// blame is why the watchers explain a silence.
type blame struct{ kind, text, advice string }

// blameWatchers finds out whether every watcher was dead when it was needed. One that lived on is no explanation.
func (c *stepCase) blameWatchers() *blame {
	var first *life
	for _, w := range c.plan.Watchers {
		l := c.life(w, c.step)
		if l.died.IsZero() || l.died.After(c.result.Deadline) {
			return nil
		}
		if first == nil || l.fate != nil && first.fate == nil {
			first = &l
		}
	}
	if first == nil {
		return nil
	}
	return c.blameFor(*first)
}

func (c *stepCase) blameFor(l life) *blame {
	target := "its target"
	if len(c.step.faults) > 0 {
		target = c.step.faults[0].Target
	}
	b := &blame{kind: "SF-02", advice: "find out what it shares with its target, and watch the watcher from outside"}
	text := fmt.Sprintf("%s died %s", l.name, c.relative(l.died))
	if l.fate != nil {
		b.kind, target = "SF-01", l.fate.Target
		b.advice = fmt.Sprintf("move %s out of what it shares with the service, or add a check from outside", l.name)
	}
	text += " " + target
	if l.fate != nil {
		text += " (" + l.fate.Detail + ")"
	}
	if l.deaths > 1 {
		text += fmt.Sprintf(", and %d times in all", l.deaths)
	}
	if len(c.plan.Watchers) > 1 {
		text += fmt.Sprintf("; so did all %d watchers", len(c.plan.Watchers))
	}
	b.text = text
	return b
}

// relative is a moment against the fault, for people. The looks at fault and watcher are not taken at the same instant.
func (c *stepCase) relative(t time.Time) string {
	d := t.Sub(c.inForce)
	if d < 100*time.Millisecond {
		return "together with"
	}
	return verify.Seconds(d).String() + " after"
}

// whatIsKnown says what is known of the watchers where they do not explain the silence.
func (c *stepCase) whatIsKnown() string {
	if len(c.plan.Watchers) == 0 {
		return "; no watcher is declared, so nobody can say whether the monitor lived"
	}
	var alive, unknown []string
	for _, w := range c.plan.Watchers {
		l := c.life(w, c.step)
		switch {
		case !l.died.IsZero():
		case l.during == Alive:
			alive = append(alive, w.Name)
		default:
			unknown = append(unknown, w.Name)
		}
	}
	switch {
	case len(alive) > 0:
		return "; " + strings.Join(alive, ", ") + " was alive all the time, and blind"
	case len(unknown) > 0:
		return "; whether " + strings.Join(unknown, ", ") + " lived could not be seen"
	default:
		return ""
	}
}

// watchers tells what became of every monitor in every step.
func (r *reading) watchers(steps []Step) []Watcher {
	var all []Watcher
	for _, w := range r.plan.Watchers {
		made := Watcher{Name: w.Name, Fates: w.Fates}
		for i, s := range r.steps {
			if s.begun {
				made.Steps = append(made.Steps, r.watcherStep(w, s, steps[i]))
			}
		}
		all = append(all, made)
	}
	return all
}

func (r *reading) watcherStep(w verify.WatcherPlan, s *step, judged Step) WatcherStep {
	l := r.life(w, s)
	ws := WatcherStep{
		Step: s.index, Before: l.before, During: l.during, After: l.after, Died: l.died, Back: l.back, Restarted: l.restarted,
	}
	if !l.died.IsZero() {
		ws.AfterTarget = between(judged.InForce, l.died)
	}
	missed := false
	for _, res := range judged.Results {
		missed = missed || res.Verdict == Silent || res.Verdict == Late
	}
	ws.Blind = missed && l.before == Alive && l.during == Alive && l.died.IsZero()
	ws.Says = l.says(ws, s)
	return ws
}

func (l life) says(ws WatcherStep, s *step) string {
	switch {
	case l.before == Dead:
		return "was dead before anything was broken"
	case !l.died.IsZero():
		text := "died during the attack"
		if ws.AfterTarget != nil {
			text = fmt.Sprintf("died %s after its target was down", verify.Seconds(max(0, ws.AfterTarget.Duration())))
		}
		if l.fate != nil {
			text += " (" + l.fate.Detail + ")"
		}
		if l.back.IsZero() {
			return text + ", and did not come back"
		}
		return text + fmt.Sprintf(", and came back %s after the revert", verify.Seconds(l.back.Sub(s.reverted())))
	case l.during == StateUnknown:
		return "could not be looked at"
	case ws.Blind:
		return "was alive all the time, and blind"
	default:
		return "was alive all the time"
	}
}

package judge

import (
	"fmt"
	"time"

	"github.com/failurefriday/friday/verify"
)

// life is what became of one watcher in one step.
type life struct {
	name      string
	canary    bool
	heard     time.Time // of a canary: the last time before the hold ended
	pulses    []pulse   // of this step
	before    State
	during    State
	after     State
	died      time.Time
	deaths    int
	back      time.Time
	restarted bool
	fate      *verify.Fate // the tie that foretold it, the certain one first
}

func (p pulse) state() State {
	switch {
	case p.unknown:
		return StateUnknown
	case p.ok:
		return Alive
	default:
		return Dead
	}
}

// life follows the pulses of a watcher through a step. What could not be looked at is no death, and who was dead before
// did not die.
func (r *reading) life(w verify.WatcherPlan, s *step) life {
	l := life{name: w.Name, canary: w.Canary, fate: fateIn(w, s.index)}
	injected, reverted := s.injected(), s.reverted()
	subject := ""
	for _, p := range r.pulses[pulseKey{verify.Watcher, w.Name}] {
		if p.step != s.index {
			continue
		}
		l.pulses = append(l.pulses, p)
		if s.holdEnd.IsZero() || !p.at.After(s.holdEnd) {
			l.heard = latest(l.heard, p.heard)
		}
		l.after = p.state()
		switch {
		case injected.IsZero() || p.at.Before(injected):
			l.before, l.during = p.state(), p.state()
		case reverted.IsZero() || p.at.Before(reverted):
			l.beat(p)
		case p.ok && !l.died.IsZero() && l.back.IsZero():
			l.back = p.at
		}
		if p.ok && p.subject != "" {
			l.restarted = l.restarted || subject != "" && p.subject != subject
			subject = p.subject
		}
	}
	if !l.died.IsZero() {
		l.during = Dead
	}
	return l
}

// beat takes a pulse from between the injection and the revert.
func (l *life) beat(p pulse) {
	state := p.state()
	if state == Dead && l.during != Dead {
		l.deaths++
		if l.died.IsZero() {
			l.died = p.at
		}
	}
	if state != StateUnknown || l.during == StateUnknown {
		l.during = state
	}
}

// lost reports whether the watcher could not have noticed anything that was due: it was dead then, or for most of the
// time before. That it could not be looked at for a while counts neither way.
func (l life) lost(from, due time.Time) bool {
	var dead, looked time.Duration
	state := StateUnknown
	for i, p := range l.pulses {
		if p.at.After(due) {
			break
		}
		next := due
		if i+1 < len(l.pulses) {
			next = l.pulses[i+1].at
		}
		span := overlap(p.at, next, from, due)
		if p.unknown {
			continue
		}
		looked += span
		if state = p.state(); state == Dead {
			dead += span
		}
	}
	return state == Dead || looked > 0 && 2*dead >= looked
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

// watchers tells what became of every monitor in every step.
func (r *reading) watchers(scenes []*scene, steps []Step) []Watcher {
	var all []Watcher
	for i, w := range r.plan.Watchers {
		made := Watcher{Name: w.Name, Canary: w.Canary, Fates: w.Fates}
		for j, sc := range scenes {
			if sc.step.begun {
				made.Steps = append(made.Steps, sc.watcherStep(sc.lives[i], steps[j].Results))
			}
		}
		all = append(all, made)
	}
	return all
}

func (sc *scene) watcherStep(l life, results []Result) WatcherStep {
	ws := WatcherStep{
		Step: sc.step.index, Before: l.before, During: l.during, After: l.after, Died: l.died, Back: l.back, Restarted: l.restarted,
		AfterTarget: between(sc.inForce, l.died), Heard: l.heard, Age: between(l.heard, sc.step.holdEnd),
	}
	missed := false
	for _, res := range results {
		came := !res.Detected.IsZero() && !res.Detected.After(res.Deadline)
		missed = missed || !came && (res.Verdict == Silent || res.Verdict == Late)
	}
	ws.Blind = missed && !l.canary && l.before == Alive && l.during == Alive
	ws.Says = l.says(ws, sc.step)
	return ws
}

func (l life) says(ws WatcherStep, s *step) string {
	if l.canary {
		return l.sings(ws)
	}
	switch {
	case l.before == Dead:
		return "was dead before anything was broken"
	case !l.died.IsZero():
		return l.deathNotice(ws, s)
	case l.during == StateUnknown:
		return "could not be looked at"
	case ws.Blind && l.restarted:
		return "was restarted, and blind"
	case ws.Blind:
		return "was alive all the time, and blind"
	case l.restarted:
		return "was restarted: another process answers now than before"
	default:
		return "was alive all the time"
	}
}

func (l life) deathNotice(ws WatcherStep, s *step) string {
	text := "died during the attack"
	if l.attacked() {
		text = "was itself attacked"
	} else if ws.AfterTarget != nil {
		text = fmt.Sprintf("died %s after its target was down", verify.Seconds(max(0, ws.AfterTarget.Duration())))
	}
	if l.fate != nil && !l.attacked() {
		text += " (" + l.fate.Detail + ")"
	}
	if l.deaths > 1 {
		text += fmt.Sprintf(", and %d times in all", l.deaths)
	}
	switch {
	case l.backBeforeRevert():
		return text + ", and was back before the revert"
	case l.back.IsZero():
		return text + ", and did not come back"
	default:
		return text + fmt.Sprintf(", and came back %s after the revert", verify.Seconds(l.back.Sub(s.reverted())))
	}
}

// backBeforeRevert reports whether the last pulse under the fault was a living one.
func (l life) backBeforeRevert() bool {
	state := StateUnknown
	for _, p := range l.pulses {
		if !l.back.IsZero() && !p.at.Before(l.back) {
			break
		}
		if !p.unknown {
			state = p.state()
		}
	}
	return state == Alive
}

// sings tells what became of a canary.
func (l life) sings(ws WatcherStep) string {
	text := "was heard all the time"
	switch {
	case l.before == Dead:
		text = "was not heard before anything was broken"
	case !l.died.IsZero() && ws.AfterTarget != nil:
		text = fmt.Sprintf("fell silent %s after the fault", verify.Seconds(max(0, ws.AfterTarget.Duration())))
	case l.during == StateUnknown:
		text = "could not be listened for"
	}
	if ws.Age != nil {
		text += fmt.Sprintf("; at the end of the hold it had last been heard %s ago", *ws.Age)
	}
	return text
}

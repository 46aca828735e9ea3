package judge

import (
	"fmt"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
)

// blame is why the watchers explain a silence.
type blame struct {
	kind, text, advice string
	proof              []string // what else is known, one line each
	canary             bool
}

// blame finds the watcher or the canary whose loss explains a silence.
func (c *stepCase) blame() *blame {
	if said := c.blameCanary(); said != nil {
		return said
	}
	if c.passed() >= verify.Firing {
		return nil // somebody noticed, dead watchers or not; a monitor that comes and goes may get as far as pending
	}
	return c.blameWatchers()
}

// blameCanary finds a canary that fell silent: whatever else was sent on its way was lost as well.
func (c *stepCase) blameCanary() *blame {
	for _, l := range c.lives {
		if !l.canary || l.died.IsZero() || !l.lost(c.inForce, c.result.Deadline) {
			continue
		}
		text := fmt.Sprintf("the canary %s fell silent %s the fault", strings.TrimPrefix(l.name, "canary "), c.relative(l.died))
		if !l.heard.IsZero() {
			text += ", last heard " + c.around(l.heard)
		}
		return &blame{
			canary: true, kind: "SF-02", text: text + ": the way of the pages was dead, too",
			advice: "let a page take a way that does not need what it warns of, and let something outside page when the canary stops",
		}
	}
	return nil
}

// around is a moment against the fault, for people: before or after it.
func (sc *scene) around(t time.Time) string {
	if d := t.Sub(sc.inForce); d >= 0 {
		return verify.Seconds(d).String() + " after the fault"
	}
	return verify.Seconds(sc.inForce.Sub(t)).String() + " before the fault"
}

// blameWatchers finds out whether every watcher was lost when it was needed. One that lived on is no explanation.
func (c *stepCase) blameWatchers() *blame {
	var worst *life
	for i := range c.lives {
		l := &c.lives[i]
		if l.canary {
			continue
		}
		if !l.lost(c.inForce, c.result.Deadline) {
			return nil
		}
		if worst == nil || l.weight() > worst.weight() {
			worst = l
		}
	}
	if worst == nil {
		return nil
	}
	said := c.blameFor(*worst)
	said.text += ": nobody was left to notice"
	return said
}

// weight says how much a death explains: one that was foretold the most.
func (l *life) weight() int {
	switch {
	case l.died.IsZero():
		return 0
	case l.fate == nil:
		return 1
	case !l.fate.Dies:
		return 2
	default:
		return 3
	}
}

func (c *stepCase) blameFor(l life) *blame {
	if l.died.IsZero() {
		return &blame{
			text: l.name + " was dead before anything was broken", advice: "bring the watcher back, and watch that it lives",
		}
	}
	if l.attacked() {
		return c.blameForAttacked(l)
	}
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
		text += " (same " + l.fate.Shares + ")"
		b.proof = append(b.proof, l.fate.Detail)
	}
	if l.deaths > 1 {
		b.proof = append(b.proof, fmt.Sprintf("%s died %d times in all", l.name, l.deaths))
	}
	if len(c.lives) > 1 {
		b.proof = append(b.proof, fmt.Sprintf("all %d watchers were dead", len(c.lives)))
	}
	b.text = text
	return b
}

// attacked reports whether the watcher itself is among what was attacked.
func (l *life) attacked() bool { return l.fate != nil && l.fate.Shares == verify.SharesProcess }

// blameForAttacked: a watcher that was hit together with others shares their fate, because it is where they are.
func (c *stepCase) blameForAttacked(l life) *blame {
	b := &blame{
		kind: "SF-01", text: l.name + " was itself attacked (" + l.fate.Target + ")",
		advice: fmt.Sprintf("let something outside watch %s", l.name),
	}
	if others := len(c.step.faults) - 1; others > 0 {
		b.kind = "SF-02"
		b.text = fmt.Sprintf("%s was hit by the same fault as what it watches (%s)", l.name, l.fate.Target)
		b.advice = fmt.Sprintf("run %s where this fault does not reach it, or add a check from outside", l.name)
	}
	return b
}

// relative is a moment against the fault, for people. The looks at fault and watcher are not taken at the same instant.
func (sc *scene) relative(t time.Time) string {
	d := t.Sub(sc.inForce)
	if d < 100*time.Millisecond {
		return "together with"
	}
	return verify.Seconds(d).String() + " after"
}

// whatIsKnown says what is known of the watchers where they do not explain the silence.
func (c *stepCase) whatIsKnown() string {
	if len(c.lives) == 0 {
		return "; no watcher is declared, so nobody can say whether the monitor lived"
	}
	var singing, alive, returned, dead, unknown []string
	for _, l := range c.lives {
		switch {
		case l.canary && l.died.IsZero() && l.during == Alive:
			singing = append(singing, l.name)
		case l.lost(c.inForce, c.result.Deadline):
			dead = append(dead, l.name)
		case !l.died.IsZero():
			returned = append(returned, l.name)
		case l.during == Alive:
			alive = append(alive, l.name)
		default:
			unknown = append(unknown, l.name)
		}
	}
	text := ""
	for _, part := range []struct {
		names []string
		says  string
	}{
		{singing, "%s was heard all the time"},
		{alive, "%s was alive all the time, and blind"},
		{returned, "%s died and was back before the page was due, and blind"},
		{dead, "%s was dead"},
		{unknown, "whether %s lived could not be seen"},
	} {
		if len(part.names) > 0 {
			text += "; " + fmt.Sprintf(part.says, strings.Join(part.names, ", "))
		}
	}
	return text
}

package main

import (
	"fmt"
	"maps"

	"github.com/failurefriday/friday/verify"
)

// hopOf is a hop of the page that one expectation waits for.
type hopOf struct {
	expectation string
	hop         verify.Hop
}

// withHop keeps the last word on a hop. Of two sources that see the same one, the one that knows more counts.
func (b board) withHop(e verify.Evidence) board {
	key := hopOf{e.Expectation, e.Hop}
	if old, known := b.hops[key]; known && old.Source != e.Source && e.State == verify.Unknown {
		return b
	}
	b.hops = maps.Clone(b.hops)
	if b.hops == nil {
		b.hops = map[hopOf]verify.Evidence{}
	}
	b.hops[key] = e
	return b
}

// drawPage tells how far the page of an expectation has come, and what holds it up; nothing where nobody follows it.
func (b board) drawPage(expectation string) []string {
	var passed, obstacle *verify.Evidence
	for _, h := range verify.Hops() {
		e, seen := b.hops[hopOf{expectation, h}]
		switch {
		case !seen:
		case e.State == verify.OK && h >= verify.RuleEvaluated:
			passed, obstacle = &e, nil
		case obstacle == nil && (e.State == verify.Broken || e.State == verify.Waiting):
			obstacle = &e
		}
	}
	if passed == nil && obstacle == nil {
		return nil
	}
	at := "fault"
	if passed != nil {
		at = passed.Hop.String()
	}
	line := fmt.Sprintf("  page      %s", good.Render(fmt.Sprintf("%-13s", at)))
	if obstacle != nil {
		style := warn
		if obstacle.State == verify.Broken {
			style = bad
		}
		line += "  " + style.Render(obstacle.Hop.String()+":") + " " + dim.Render(clean(obstacle.Text))
	}
	return []string{line}
}

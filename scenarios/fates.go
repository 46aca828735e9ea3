package scenarios

import (
	"context"
	"fmt"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/fate"
)

// compareFates finds out, before anything breaks, which watchers live where their targets live. What cannot be looked at
// is a warning: it may hide a shared fate, and it stops nobody.
func (p *Plan) compareFates(ctx context.Context) {
	if len(p.Scenario.Watchers) == 0 {
		return
	}
	self, err := proc.Self()
	if err != nil {
		p.warn("shared fate is not known: %v", err)
		return
	}
	for i, w := range p.Scenario.Watchers {
		if _, hears := w.Probe.(canary); hears {
			continue // it lives nowhere: it is the way of the pages itself
		}
		sited, ok := w.Probe.(verify.Sited)
		if !ok {
			p.warn("shared fate of watcher %s is not known: a %s probe cannot tell where its subject lives", w.Name, w.Kind)
			continue
		}
		where, err := sited.Sites(ctx)
		if err != nil {
			p.warn("shared fate of watcher %s is not known: %v", w.Name, err)
			continue
		}
		p.Info.Watchers[i].Fates = p.fatesOf(ctx, where, self)
	}
	p.warnOfFates()
}

func (p *Plan) fatesOf(ctx context.Context, watcher []site.Site, self site.Site) []verify.Fate {
	var fates []verify.Fate
	for i, s := range p.Steps {
		for _, c := range s.Changes {
			sited, ok := c.Attack.Attack.(attacks.Sited)
			if !ok {
				continue
			}
			target, err := sited.Sites(ctx, c.Change)
			if err != nil {
				p.warn("where %s lives is not known: %v", c.Target, err)
				continue
			}
			fates = append(fates, fate.Compare(i+1, c.Target, target, watcher, self)...)
		}
	}
	return fates
}

func (p *Plan) warnOfFates() {
	for _, w := range p.Info.Watchers {
		for _, f := range w.Fates {
			if f.Dies {
				p.warn("watcher %s will die with what it watches, %s: %s", w.Name, f.Target, f.Detail)
				break
			}
		}
	}
}

func (p *Plan) warn(format string, args ...any) {
	p.warning.Lock()
	defer p.warning.Unlock()
	p.Info.Warnings = append(p.Info.Warnings, fmt.Sprintf(format, args...))
}

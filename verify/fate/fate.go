// Package fate finds out, before anything breaks, what a monitor shares with what it watches.
package fate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// Compare tells what the watchers' sites share with those of one target. Self is where Friday lives: what it shares too,
// such as the login session or the host's network, tells nothing and is left out. Step and target go into the answer.
// It is a pure function.
func Compare(step int, target string, targets, watchers []site.Site, self site.Site) []verify.Fate {
	var fates []verify.Fate
	for _, t := range targets {
		for _, w := range watchers {
			if t.Host != w.Host {
				continue
			}
			for _, f := range compare(t, w, self) {
				f.Step, f.Target = step, target
				if !slices.Contains(fates, f) {
					fates = append(fates, f)
				}
			}
		}
	}
	return fates
}

// compare tells the ties of two processes, the closest first.
func compare(t, w, self site.Site) []verify.Fate {
	if t.Process == w.Process {
		return []verify.Fate{{Shares: "process", Detail: fmt.Sprintf("%s is the target itself", named(w.Process)), Dies: true}}
	}
	var fates []verify.Fate
	add := func(dies bool, shares, detail string, args ...any) {
		fates = append(fates, verify.Fate{Shares: shares, Detail: fmt.Sprintf(detail, args...), Dies: dies})
	}
	if t.Container != "" && t.Container == w.Container && t.Container != self.Container {
		add(false, "container", "both live in container %.12s", t.Container)
	}
	if slices.Contains(w.Ancestors, t.Process) {
		add(true, "process tree", "%s is a descendant of %s", named(w.Process), named(t.Process))
	}
	keeper, supervised := supervisor(t, w, self)
	sameGroup := t.Group != 0 && t.Group == w.Group && t.Group != self.Group
	switch {
	case supervised && sameGroup:
		add(true, "process group", "both are kept by %s in process group %d, which ends as one", named(keeper), t.Group)
	case supervised:
		add(false, "supervisor", "both are kept by %s", named(keeper))
	case sameGroup:
		add(false, "process group", "both are in process group %d", t.Group)
	}
	if t.Session != 0 && t.Session == w.Session && t.Session != self.Session && !sameGroup {
		add(false, "session", "both are in session %d", t.Session)
	}
	if t.Unit != "" && t.Unit == w.Unit && t.Unit != self.Unit {
		add(false, "unit", "both belong to systemd unit %s", t.Unit)
	} else if t.Cgroup != "" && t.Cgroup == w.Cgroup && t.Cgroup != self.Cgroup && !under(self.Cgroup, t.Cgroup) {
		add(false, "cgroup", "both are in cgroup %s", t.Cgroup)
	}
	if t.NetNS != 0 && t.NetNS == w.NetNS && t.NetNS != self.NetNS {
		add(false, "network namespace", "both are in network namespace %d", t.NetNS)
	}
	return fates
}

// supervisor is the nearest process above both that is not above Friday too: whoever started Friday from a shell is the
// parent of everything else that was started there.
func supervisor(t, w, self site.Site) (site.Process, bool) {
	for _, a := range t.Ancestors {
		if slices.Contains(w.Ancestors, a) {
			return a, !slices.Contains(self.Ancestors, a) && a != self.Process
		}
	}
	return site.Process{}, false
}

func under(path, above string) bool { return strings.HasPrefix(path+"/", above+"/") }

func named(p site.Process) string { return fmt.Sprintf("%s (pid %d)", p.Name, p.PID) }

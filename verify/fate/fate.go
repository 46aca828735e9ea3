// Package fate finds out, before anything breaks, what a monitor shares with what it watches.
package fate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// Compare tells what the watchers' sites share with those of one target, the closest ties first. Self is where Friday
// lives: what it shares too, such as the login session or the host's network, tells nothing and is left out. Step and
// target go into the answer. It is a pure function.
//
// Dies is set where the watcher is the target, where the kernel ends both (a container ends with its first process), and
// where whoever keeps both ends them together: a supervisor that has put them in one process group, or systemd for what
// the first process of a service has started. All other ties are a risk, not a prediction.
func Compare(step int, target string, targets, watchers []site.Site, self site.Site) []verify.Fate {
	var fates []verify.Fate
	for _, t := range targets {
		for _, w := range watchers {
			if t.Host == "" || t.Host != w.Host {
				continue // on another host a pid is another process
			}
			for _, f := range (pair{t, w, self}).ties() {
				f.Step, f.Target = step, target
				if !slices.Contains(fates, f) {
					fates = append(fates, f)
				}
			}
		}
	}
	return fates
}

// pair is a target and a watcher on the same host.
type pair struct{ t, w, self site.Site }

func (p pair) ties() []verify.Fate {
	if known(p.t.Process) && p.t.Process == p.w.Process {
		return []verify.Fate{{Shares: verify.SharesProcess, Detail: named(p.w.Process) + " is the target itself", Dies: true}}
	}
	fates := slices.Concat(p.tree(), p.kept(), p.container(), p.unit(), p.session(), p.network())
	slices.SortStableFunc(fates, func(a, b verify.Fate) int { return rank(a) - rank(b) })
	return fates
}

// rank puts the ties that kill first.
func rank(f verify.Fate) int {
	if f.Dies {
		return 0
	}
	return 1
}

// tree is told apart from death: a process outlives its parent, unless somebody ends both.
func (p pair) tree() []verify.Fate {
	switch {
	case p.startedBy(p.w, p.t):
		return one("process tree", false, "%s was started by %s", named(p.w.Process), named(p.t.Process))
	case p.startedBy(p.t, p.w):
		return one("process tree", false, "%s was started by %s", named(p.t.Process), named(p.w.Process))
	default:
		return nil
	}
}

// kept tells of the supervisor of both. One that keeps both in one process group ends and starts them as one; a shell
// script does too little to be a supervisor.
func (p pair) kept() []verify.Fate {
	keeper, supervised := p.supervisor()
	shared := same(p.t.Group, p.w.Group, p.self.Group)
	switch {
	case supervised && shared && !isShell(keeper):
		return one("process group", true, "%s runs both in process group %d", named(keeper), p.t.Group)
	case supervised:
		return one("supervisor", false, "%s runs both", named(keeper))
	case shared:
		return one("process group", false, "both are in process group %d", p.t.Group)
	default:
		return nil
	}
}

func (p pair) container() []verify.Fate {
	if !same(p.t.Container, p.w.Container, p.self.Container) {
		return nil
	}
	if p.firstInContainer() {
		return one("container", true, "%s is the first process of container %.12s, which ends with it, and %s is inside",
			named(p.t.Process), p.t.Container, named(p.w.Process))
	}
	return one("container", false, "both are in container %.12s", p.t.Container)
}

// firstInContainer recognises the first process of a container: it is older than the other one, and its parent is the
// runtime outside.
func (p pair) firstInContainer() bool {
	if len(p.t.Ancestors) == 0 || p.t.Process.Start > p.w.Process.Start {
		return false
	}
	return isRuntime(p.t.Ancestors[0])
}

// runtimes are the programs that stand above the first process of a container.
var runtimes = []string{"containerd-shim", "docker-containerd-shim", "conmon"}

func isRuntime(p site.Process) bool {
	return slices.ContainsFunc(runtimes, func(r string) bool { return strings.HasPrefix(p.Name, r) })
}

func isHost(p site.Process) bool { return p.Name == "systemd" || isRuntime(p) }

// unit tells of the systemd unit, which is a cgroup, or else of the cgroup.
func (p pair) unit() []verify.Fate {
	switch {
	case same(p.t.Unit, p.w.Unit, p.self.Unit) && p.mainOfUnit():
		return one("unit", true, "%s is the main process of %s, and systemd ends %s with it",
			named(p.t.Process), p.t.Unit, named(p.w.Process))
	case same(p.t.Unit, p.w.Unit, p.self.Unit):
		return one("unit", false, "both belong to systemd unit %s", p.t.Unit)
	case p.t.Container != "" && p.t.Container == p.w.Container:
		return nil // it is the container's cgroup
	case same(p.t.Cgroup, p.w.Cgroup, p.self.Cgroup) && !under(p.self.Cgroup, p.t.Cgroup):
		return one("cgroup", false, "both are in cgroup %s", p.t.Cgroup)
	default:
		return nil
	}
}

// mainOfUnit recognises the main process of a service by its being right under systemd and the other one's ancestor.
func (p pair) mainOfUnit() bool {
	top := len(p.t.Ancestors) == 0 || p.t.Ancestors[0].Name == "systemd"
	return top && strings.HasSuffix(p.t.Unit, ".service") && p.startedBy(p.w, p.t)
}

// session is told only where nothing closer is: a process group never spans two sessions.
func (p pair) session() []verify.Fate {
	if !same(p.t.Session, p.w.Session, p.self.Session) || p.t.Group == p.w.Group {
		return nil
	}
	return one("session", false, "both are in session %d", p.t.Session)
}

func (p pair) network() []verify.Fate {
	if !same(p.t.NetNS, p.w.NetNS, p.self.NetNS) {
		return nil
	}
	return one("network namespace", false, "both are in network namespace %d", p.t.NetNS)
}

// startedBy reports whether the child stands below the parent.
func (pair) startedBy(child, parent site.Site) bool {
	return known(parent.Process) && slices.Contains(child.Ancestors, parent.Process)
}

// supervisor is the nearest process above both that is not above Friday too: whoever started Friday from a shell is the
// parent of everything else that was started there. A user's systemd and the runtime of a container are left out, as pid 1 is: they run
// everything, and what they end together is told by unit and container.
func (p pair) supervisor() (site.Process, bool) {
	for _, a := range p.t.Ancestors {
		if slices.Contains(p.w.Ancestors, a) {
			return a, !isHost(a) && !slices.Contains(p.self.Ancestors, a) && a != p.self.Process
		}
	}
	return site.Process{}, false
}

var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"}

func isShell(p site.Process) bool { return slices.Contains(shells, strings.TrimPrefix(p.Name, "-")) }

// same reports whether target and watcher share a known value that Friday does not share.
func same[T comparable](target, watcher, self T) bool {
	var unknown T
	return target != unknown && target == watcher && target != self
}

func known(p site.Process) bool { return p.PID != 0 }

func under(path, above string) bool { return strings.HasPrefix(path+"/", above+"/") }

func one(shares string, dies bool, detail string, args ...any) []verify.Fate {
	return []verify.Fate{{Shares: shares, Detail: fmt.Sprintf(detail, args...), Dies: dies}}
}

func named(p site.Process) string { return fmt.Sprintf("%s (pid %d)", p.Name, p.PID) }

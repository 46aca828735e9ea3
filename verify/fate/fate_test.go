package fate

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// The cast.
var (
	shell   = site.Process{PID: 10, Start: 1, Name: "bash"}
	friday  = site.Process{PID: 20, Start: 2, Name: "friday"}
	super   = site.Process{PID: 30, Start: 3, Name: "runsv"}
	shim    = site.Process{PID: 40, Start: 4, Name: "containerd-shim-runc-v2"}
	service = site.Process{PID: 50, Start: 5, Name: "checkout"}
	check   = site.Process{PID: 60, Start: 6, Name: "checkout-check"}
	box     = strings.Repeat("ab", 32)

	self = site.Site{
		Host: "shop", Process: friday, Ancestors: []site.Process{shell}, Group: 20, Session: 10,
		Cgroup: "/user/1", NetNS: 100, Unit: "session-1.scope",
	}
)

// at places a process in a group, session and cgroup of its own, on the network of the host.
func at(p site.Process, changes ...func(*site.Site)) site.Site {
	s := site.Site{
		Host: "shop", Process: p, Group: p.PID, Session: p.PID, Cgroup: "/own/" + p.Name, NetNS: 100, Unit: p.Name + ".service",
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func below(ancestors ...site.Process) func(*site.Site) {
	return func(s *site.Site) { s.Ancestors = ancestors }
}
func host(name string) func(*site.Site)    { return func(s *site.Site) { s.Host = name } }
func group(n int) func(*site.Site)         { return func(s *site.Site) { s.Group = n } }
func session(n int) func(*site.Site)       { return func(s *site.Site) { s.Session = n } }
func cgroup(path string) func(*site.Site)  { return func(s *site.Site) { s.Cgroup = path } }
func container(id string) func(*site.Site) { return func(s *site.Site) { s.Container = id } }
func netns(n uint64) func(*site.Site)      { return func(s *site.Site) { s.NetNS = n } }
func unit(name string) func(*site.Site)    { return func(s *site.Site) { s.Unit = name } }
func started(tick uint64) func(*site.Site) { return func(s *site.Site) { s.Process.Start = tick } }
func likeFriday(s *site.Site) {
	s.Group, s.Session, s.Cgroup, s.NetNS, s.Unit = self.Group, self.Session, self.Cgroup, self.NetNS, self.Unit
}

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name            string
		target, watcher site.Site
		want            string // ties in order, those that kill with !
		says            []string
	}{
		{"two services under pid 1", at(service), at(check), "", nil},
		{"everything that Friday shares too", at(service, below(shell), likeFriday), at(check, below(shell), likeFriday), "", nil},
		{"started by Friday", at(service, below(friday, shell)), at(check, below(friday, shell)), "", nil},
		{"another host", at(service, group(7), session(7)), at(check, group(7), session(7), host("bank")), "", nil},
		{"the same pid on another host", at(service), at(service, host("bank")), "", nil},
		{"host not known", at(service, host(""), group(7)), at(check, host(""), group(7)), "", nil},
		{"nothing is known", site.Site{Host: "shop"}, site.Site{Host: "shop"}, "", nil},
		{"the same pid later", at(service), at(service, started(99), unit("x.service"), cgroup("/x"), group(0), session(0)), "", nil},

		{"itself", at(service), at(service), "process!", []string{"checkout (pid 50) is the target itself"}},
		{
			"a supervisor with both in one group", at(service, below(super), group(30), session(30)),
			at(check, below(super), group(30), session(30)), "process group!",
			[]string{"runsv (pid 30) runs both in process group 30"},
		},
		{
			"the same below the shell that started Friday", at(service, below(super, shell), group(30), session(10)),
			at(check, below(super, shell), group(30), session(10)), "process group!", nil,
		},
		{
			"a supervisor that keeps them apart", at(service, below(super)), at(check, below(super)), "supervisor",
			[]string{"runsv (pid 30) runs both"},
		},
		{"a user's systemd", at(service, below(site.Process{PID: 9, Name: "systemd"})), at(check, below(site.Process{PID: 9, Name: "systemd"})), "", nil},
		{
			"a shell script that started both", at(service, below(site.Process{PID: 31, Name: "sh"}), group(31)),
			at(check, below(site.Process{PID: 31, Name: "sh"}), group(31)), "supervisor", nil,
		},
		{"a group without a supervisor", at(service, group(7), session(7)), at(check, group(7), session(7)), "process group", []string{"group 7"}},
		{"a session", at(service, session(7)), at(check, session(7)), "session", []string{"both are in session 7"}},
		{"Friday's session", at(service, session(10)), at(check, session(10)), "", nil},

		{"a child", at(service), at(check, below(service)), "process tree", []string{"checkout-check (pid 60) was started by checkout (pid 50)"}},
		{"a grandchild", at(service), at(check, below(super, service)), "process tree", nil},
		{"the parent", at(service, below(check)), at(check), "process tree", []string{"checkout (pid 50) was started by checkout-check (pid 60)"}},
		{
			"a child in the same service of systemd", at(service), at(check, below(service), unit("checkout.service")),
			"unit! process tree",
			[]string{"main process of checkout.service", "systemd ends checkout-check (pid 60)"},
		},
		{
			"a child in the same scope", at(service, unit("a.scope")), at(check, below(service), unit("a.scope")), "process tree unit", nil,
		},
		{
			"beside it in the same service", at(service, unit("a.service")), at(check, unit("a.service")), "unit",
			[]string{"both belong to systemd unit a.service"},
		},
		{
			"a unit is not told twice", at(service, unit("a.service"), cgroup("/a.service")),
			at(check, unit("a.service"), cgroup("/a.service")), "unit", nil,
		},
		{"a cgroup", at(service, cgroup("/shop")), at(check, cgroup("/shop")), "cgroup", []string{"both are in cgroup /shop"}},
		{"a cgroup that Friday is below", at(service, cgroup("/user")), at(check, cgroup("/user")), "", nil},
		{"a cgroup with a similar name", at(service, cgroup("/use")), at(check, cgroup("/use")), "cgroup", nil},

		{
			"in a container whose first process is killed", at(service, below(shim), container(box), cgroup("/docker/"+box)),
			at(check, below(service, shim), container(box), cgroup("/docker/"+box)), "container! process tree",
			[]string{"first process of container abababababab"},
		},
		{
			"in a container, entered later", at(service, below(shim), container(box), netns(200)),
			at(check, below(shim), container(box), netns(200)), "container! network namespace", nil,
		},
		{
			"the first process watches a later one", at(check, below(shim), container(box)),
			at(service, below(shim), container(box)), "container",
			[]string{"both are in container abababababab"},
		},
		{
			"neither is the first of its container", at(service, below(super, shim), container(box)),
			at(check, below(super, shim), container(box)), "supervisor container", nil,
		},
		{"a network namespace", at(service, netns(200)), at(check, netns(200)), "network namespace", []string{"200"}},
	} {
		fates := Compare(2, "checkout", []site.Site{test.target}, []site.Site{test.watcher}, self)
		if got := ties(fates); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			continue
		}
		for _, f := range fates {
			if f.Step != 2 || f.Target != "checkout" {
				t.Errorf("%s: it speaks of step %d, target %q", test.name, f.Step, f.Target)
			}
		}
		for _, want := range test.says {
			if !strings.Contains(fates[0].Detail, want) {
				t.Errorf("%s: %q does not say %q", test.name, fates[0].Detail, want)
			}
		}
	}
}

func ties(fates []verify.Fate) string {
	var words []string
	for _, f := range fates {
		word := f.Shares
		if f.Dies {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestCompareMany(t *testing.T) {
	other := site.Process{PID: 70, Start: 7, Name: "checkout"}
	targets := []site.Site{at(service, netns(200)), at(other, netns(200))}
	watchers := []site.Site{at(check, netns(200)), at(other)}
	fates := Compare(1, "checkout", targets, watchers, self)
	if got := ties(fates); got != "network namespace unit process!" {
		t.Errorf("got %q: what is shared twice is told once, and every pair is compared", got)
	}
	if fates := Compare(1, "checkout", nil, watchers, self); len(fates) > 0 {
		t.Errorf("no target shares %v", fates)
	}
}

// What is compared comes from a machine where things live below Friday itself in a container or on a laptop.
func TestFridayInTheSameContainer(t *testing.T) {
	inside := self
	inside.Container, inside.NetNS, inside.Cgroup = box, 200, "/docker/"+box
	target := at(service, container(box), netns(200), cgroup("/docker/"+box))
	watcher := at(check, container(box), netns(200), cgroup("/docker/"+box))
	if fates := Compare(1, "checkout", []site.Site{target}, []site.Site{watcher}, inside); len(fates) > 0 {
		t.Errorf("got %v: Friday shares all of it", fates)
	}
}

package proc

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/site"
	"github.com/prometheus/procfs"
)

func TestOnlyTheVeryProcessIsSignalled(t *testing.T) {
	t.Parallel()
	_, pid := sleeper(t)
	id, err := Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(id)
	var back ID
	if err != nil || json.Unmarshal(data, &back) != nil || back != id {
		t.Errorf("%+v became %s and then %+v, %v", id, data, back, err)
	}
	earlier, elsewhere := id, id
	earlier.Start--
	elsewhere.Boot = "another"
	for what, stranger := range map[string]ID{"an earlier process of the pid": earlier, "one of another boot": elsewhere, "no pid": {PID: 4194304, Start: id.Start, Boot: id.Boot}} {
		if err := stranger.Signal(syscall.SIGKILL); !errors.Is(err, ErrGone) {
			t.Errorf("%s: got %v, want ErrGone", what, err)
		}
		if alive, err := stranger.Alive(); alive || err != nil {
			t.Errorf("%s: alive is %v, %v", what, alive, err)
		}
		if err := stranger.Wait(t.Context()); err != nil {
			t.Errorf("%s: wait: %v", what, err)
		}
	}
	if alive, err := id.Alive(); !alive || err != nil {
		t.Fatalf("a signal to a stranger hit it: alive is %v, %v", alive, err)
	}
}

func TestWaitKeepsToItsContext(t *testing.T) {
	t.Parallel()
	_, pid := sleeper(t)
	id, err := Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := id.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

func TestStates(t *testing.T) {
	for _, test := range []struct {
		state   string
		threads int
		dead    bool
	}{
		{"S", 1, false},
		{"R", 4, false},
		{"T", 1, false},
		{"Z", 1, true},
		{"X", 0, true},
		{"Z", 3, false}, // only its first thread has ended
	} {
		if got := dead(procfs.ProcStat{State: test.state, NumThreads: test.threads}); got != test.dead {
			t.Errorf("state %s with %d threads: dead is %v", test.state, test.threads, got)
		}
	}
}

func TestSites(t *testing.T) {
	t.Parallel()
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	name, pid := sleeper(t)
	id, err := Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	got, err := SiteOf(id)
	if err != nil {
		t.Fatal(err)
	}
	if want := (site.Process{PID: pid, Start: id.Start, Name: name}); got.Process != want {
		t.Errorf("got %+v, want %+v", got.Process, want)
	}
	if want := append([]site.Process{self.Process}, self.Ancestors...); !slices.Equal(got.Ancestors, want) {
		t.Errorf("ancestors %v, want %v", got.Ancestors, want)
	}
	if slices.ContainsFunc(got.Ancestors, func(p site.Process) bool { return p.PID <= 1 }) {
		t.Error("pid 1 is among the ancestors")
	}
	host, _ := os.Hostname()
	if got.Host != host || got.Session != self.Session || got.Group != syscall.Getpgrp() || got.NetNS != self.NetNS || got.NetNS == 0 || got.Cgroup != self.Cgroup {
		t.Errorf("got %+v, want the place of %+v", got, self)
	}
}

func TestCgroups(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	outer := strings.Repeat("ab", 32)
	for _, test := range []struct {
		name                     string
		paths                    []string
		deepest, container, unit string
	}{
		{"root", []string{"/"}, "/", "", ""},
		{"v2, a service", []string{"/system.slice/checkout.service"}, "/system.slice/checkout.service", "", "checkout.service"},
		{"v2, a user's scope", []string{"/user.slice/user-1000.slice/session-3.scope"}, "/user.slice/user-1000.slice/session-3.scope", "", "session-3.scope"},
		{"v2, only a slice", []string{"/system.slice"}, "/system.slice", "", ""},
		{"v2, docker below systemd", []string{"/system.slice/docker-" + id + ".scope"}, "/system.slice/docker-" + id + ".scope", id, "docker-" + id + ".scope"},
		{"v1, docker by itself", []string{"/", "/docker/" + id, "/"}, "/docker/" + id, id, ""},
		{"v1, one controller knows more", []string{"/a", "/a/b/c", "/a/b"}, "/a/b/c", "", ""},
		{"v1, a service and a bare controller", []string{"/", "/system.slice/x.service"}, "/system.slice/x.service", "", "x.service"},
		{"a container in a container", []string{"/docker/" + outer + "/docker/" + id}, "/docker/" + outer + "/docker/" + id, id, ""},
		{"a service in a container", []string{"/docker/" + id + "/system.slice/x.service"}, "/docker/" + id + "/system.slice/x.service", id, "x.service"},
	} {
		var cs cgroups
		for _, path := range test.paths {
			cs = append(cs, procfs.Cgroup{Path: path})
		}
		if cs.deepest() != test.deepest || cs.container() != test.container || cs.unit() != test.unit {
			t.Errorf("%s: got %q, %q, %q", test.name, cs.deepest(), cs.container(), cs.unit())
		}
	}
	if !isUnit("", "x.service") || !isUnit("x", "x.service") || !isUnit("x.service", "x.service") || isUnit("y", "x.service") || isUnit("x", "") {
		t.Error("a unit is called x.service or x, and nothing else")
	}
}

func TestProtected(t *testing.T) {
	t.Parallel()
	name, pid := sleeper(t)
	_, other := sleeper(t)
	p, err := NewProtected([]Match{{Port: 1}, {Name: match.Must(name)}, {PIDFile: writeFile(t, "1")}})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[int]string{
		1: "pid 1", os.Getpid(): "Friday itself", os.Getppid(): "an ancestor of Friday", pid: "listed under protected: in friday.yaml (name " + name + ")",
		other: "", 4194304: "",
	} {
		if got := p.Reason(who); got != want {
			t.Errorf("pid %d: got %q, want %q", who, got, want)
		}
	}
	unsure, err := NewProtected([]Match{{User: "no-such-user-here"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := unsure.Reason(other); !strings.Contains(got, "cannot tell") {
		t.Errorf("a list that cannot be read protects nobody: %q", got)
	}
}

func TestAlwaysProtected(t *testing.T) {
	t.Parallel()
	p, err := NewProtected(nil)
	if err != nil {
		t.Fatal(err)
	}
	for argv0, want := range map[string]string{"sshd": "always protected (sshd)", "/usr/bin/dockerd": "always protected (dockerd)", "friday": "Friday's guard"} {
		pid := called(t, argv0)
		if got := p.Reason(pid); got != want {
			t.Errorf("%s: got %q, want %q", argv0, got, want)
		}
	}
}

func TestAnyWithEnv(t *testing.T) {
	t.Parallel()
	entry := "FRIDAY_TEST_MARK=" + t.Name()
	look := func() bool {
		t.Helper()
		found, err := AnyWithEnv(entry)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if look() {
		t.Error("found before anybody has it")
	}
	id, err := Identify(called(t, "marked", entry))
	if err != nil {
		t.Fatal(err)
	}
	if !look() {
		t.Error("not found")
	}
	if err := errors.Join(id.Signal(syscall.SIGKILL), id.Wait(t.Context())); err != nil {
		t.Fatal(err)
	}
	if look() {
		t.Error("a dead one counts")
	}
}

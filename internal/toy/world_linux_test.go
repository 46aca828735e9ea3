package toy

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func start(t *testing.T, inbox string) *World {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w, err := Start(t.Context(), WorldOptions{Exe: exe, Command: []string{"toy"}, InboxURL: inbox, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
		if left := alive(t, sessions(w)); len(left) > 0 {
			t.Errorf("left after Stop: %v", left)
		}
		if t.Failed() {
			log, _ := os.ReadFile(w.Log)
			t.Logf("the world wrote:\n%s", log)
		}
	})
	return w
}

func kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if pid == 0 {
		t.Fatal("no such process")
	}
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatalf("kill %d: %v", pid, err)
	}
}

func TestStartedWorldIsHealthyAndNamed(t *testing.T) {
	t.Parallel()
	w := start(t, newEvents(t).URL)
	for name := range w.Ports {
		resp, err := http.Get(w.health(name))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", name, resp.Status)
		}
		if got := w.Vars()[name+"_port"]; !strings.HasSuffix(w.address(name), ":"+got) {
			t.Errorf("%s_port is %q, but the address is %s", name, got, w.address(name))
		}
	}
	var names []string
	for _, p := range alive(t, sessions(w)) {
		names = append(names, p.name)
		if p.comm != p.name {
			t.Errorf("the kernel calls %s %s", p.name, p.comm)
		}
	}
	slices.Sort(names)
	want := []string{
		"checkout", "checkout-check", "checkout-super", "monitoring", "payments", "payments-check", "payments-super",
		"search", "search-check", "search-super",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the world is %v, want %v", names, want)
	}
}

func TestOutsideMonitorPagesAndResolves(t *testing.T) {
	t.Parallel()
	inbox := newEvents(t)
	w := start(t, inbox.URL)
	check := pidOf(t, w, "checkout-check")
	kill(t, pidOf(t, w, "checkout"), syscall.SIGKILL)
	eventually(t, "checkout-check pages and then resolves", func() bool {
		return slices.Equal(inbox.actions("checkout-check"), []string{"trigger", "resolve"})
	})
	if now := pidOf(t, w, "checkout-check"); now != check {
		t.Errorf("the outside monitor was pid %d and is %d now: it must outlive what it watches", check, now)
	}
}

func TestSlowMonitorPagesForStoppedService(t *testing.T) {
	t.Parallel()
	inbox := newEvents(t)
	w := start(t, inbox.URL)
	search := pidOf(t, w, "search")
	kill(t, search, syscall.SIGSTOP)
	eventually(t, "search-check pages", func() bool { return slices.Contains(inbox.actions("search-check"), "trigger") })
	kill(t, search, syscall.SIGCONT)
	eventually(t, "search-check resolves", func() bool { return slices.Contains(inbox.actions("search-check"), "resolve") })
}

// However often payments dies, its monitor dies with it and never lives to count to three.
func TestNeighbourInGroupDiesAndNeverPages(t *testing.T) {
	t.Parallel()
	inbox := newEvents(t)
	w := start(t, inbox.URL)
	service, check := pidOf(t, w, "payments"), pidOf(t, w, "payments-check")
	for range 3 {
		kill(t, service, syscall.SIGKILL)
		eventually(t, "the monitor is stopped with its service", func() bool { return pidOf(t, w, "payments-check") != check })
		eventually(t, "both are started again", func() bool {
			service, check = pidOf(t, w, "payments"), pidOf(t, w, "payments-check")
			return service != 0 && check != 0
		})
	}
	if got := inbox.actions("payments-check"); len(got) != 0 {
		t.Errorf("payments-check sent %v, want nothing", got)
	}
}

func TestStopEndsStoppedProcessesAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	w := start(t, newEvents(t).URL)
	kill(t, pidOf(t, w, "search"), syscall.SIGSTOP)
	for range 2 {
		if err := w.Stop(); err != nil {
			t.Fatal(err)
		}
		if left := alive(t, sessions(w)); len(left) > 0 {
			t.Fatalf("left after Stop: %v", left)
		}
	}
}

func TestKilledSupervisorTakesItsProgramsAlong(t *testing.T) {
	t.Parallel()
	w := start(t, newEvents(t).URL)
	for _, s := range w.supervisors {
		kill(t, s.cmd.Process.Pid, syscall.SIGKILL)
	}
	eventually(t, "nothing is left", func() bool { return len(alive(t, sessions(w))) == 0 })
}

func TestKilledStarterLeavesNothing(t *testing.T) {
	t.Parallel()
	starter := exec.Command(os.Args[0], "toy", "world", newEvents(t).URL, t.TempDir())
	starter.Stderr = os.Stderr
	out, err := starter.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = starter.Wait() }() // killed below: its status says nothing
	defer func() { _ = starter.Process.Kill() }()
	var ids []int
	if err := json.NewDecoder(out).Decode(&ids); err != nil {
		t.Fatal(err)
	}
	before := alive(t, ids)
	if len(before) != 10 { // 4 supervisors, 3 services, 3 monitors
		t.Fatalf("a world of %d processes: %v", len(before), before)
	}
	i := slices.IndexFunc(before, func(p process) bool { return p.name == "search" })
	if i < 0 {
		t.Fatalf("no search in %v", before)
	}
	kill(t, before[i].pid, syscall.SIGSTOP)
	if err := starter.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is left", func() bool { return len(alive(t, ids)) == 0 })
}

func TestStartThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	no, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), WorldOptions{Exe: no, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "-super ended") {
		t.Errorf("error %v, want one that says which supervisor ended", err)
	}
}

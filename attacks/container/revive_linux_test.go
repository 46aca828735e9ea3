package container

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
)

// enders are the attacks that end the main process.
var enders = map[string]struct {
	kind attacks.Kind
	make func(docker.Match) attacks.Attack
}{
	"stop":  {StopKind, func(m docker.Match) attacks.Attack { return &Stop{Targets: Targets{Match: m}} }},
	"kill":  {KillKind, func(m docker.Match) attacks.Attack { return &Kill{Targets: Targets{Match: m}, Signal: "KILL"} }},
	"crash": {CrashKind, func(m docker.Match) attacks.Attack { return &Crash{Targets: Targets{Match: m}} }},
}

// crashed kills the main process behind the engine's back, and returns when it began.
func crashed(t *testing.T, d *dockertest.Daemon, id string) (startedAt string) {
	t.Helper()
	s := d.Inspect(t, id).State
	if err := syscall.Kill(s.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return s.StartedAt
}

func TestTheRestartPolicyIsWhatItWas(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, e := range enders {
		policies := []string{"unless-stopped"}
		if name == "crash" { // only then it acts during the attack, too
			policies = append(policies, "always", "on-failure")
		}
		for _, policy := range policies {
			t.Run(name+" "+policy, func(t *testing.T) {
				t.Parallel()
				id := d.Run(t, quick(dockertest.Options{Restart: policy, Network: d.Network(t, "", "")}))
				before := digest(t, d, id, run)
				c := injected(t, e.make(only(d, id)))
				reverted(t, e.kind, c)
				same(t, "the container", digest(t, d, id, run), before)
				acted := d.Inspect(t, id).RestartCount
				was := crashed(t, d, id)
				eventually(t, "the policy has brought it back", func() bool { return runs(t, d, id) && d.Inspect(t, id).State.StartedAt != was })
				if got := d.Inspect(t, id).RestartCount; got != acted+1 {
					t.Errorf("the policy has acted %d times, and %d times before", got, acted)
				}
			})
		}
	}
}

// An engine does not start what it believes to have been stopped by hand. That cannot be seen by looking at a container.
func TestTheEngineForgetsThatItWasStoppedByHand(t *testing.T) {
	t.Parallel()
	d := dockertest.New(t)
	ids := map[string]string{}
	for name, e := range enders {
		ids[name] = d.Run(t, quick(dockertest.Options{Restart: "unless-stopped"}))
		reverted(t, e.kind, injected(t, e.make(only(d, ids[name]))))
	}
	d.Restart(t)
	for name, id := range ids {
		eventually(t, name+": it runs again with its engine", func() bool { return runs(t, d, id) })
	}
}

// A restart policy waits longer after every crash; the revert does not.
func TestACrashLoopIsEndedAtOnce(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{Restart: "always"})
	a := &Crash{Targets: Targets{Match: only(d, id)}, Again: true}
	if !a.Sustained() || !a.Witnessed() {
		t.Error("it does not say that it is sustained and seen")
	}
	c := injected(t, a)
	const crashes = 5 // the policy then waits for 3 s
	hits := 0
	eventually(t, "it crashed again and again", func() bool {
		n, err := a.Sustain(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		hits += n
		return hits == crashes
	})
	eventually(t, "the policy waits", func() bool { return d.Inspect(t, id).State.Restarting })
	wantActive(t, CrashKind, c, true)
	began := time.Now()
	reverted(t, CrashKind, c)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the revert took %s: it waited for the policy", took)
	}
	if in := d.Inspect(t, id); !runs(t, d, id) || in.HostConfig.RestartPolicy.Name != "always" || in.RestartCount != 0 {
		t.Errorf("got %+v, %+v, %d restarts", in.State, in.HostConfig.RestartPolicy, in.RestartCount)
	}
}

func TestSustainSparesWhatItMust(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{})
	a := &Crash{Targets: Targets{Match: only(d, id)}, Again: true}
	c := planned(t, a)
	wantHits := func(what string, want int) {
		t.Helper()
		if hits, err := a.Sustain(t.Context(), c); hits != want || err != nil {
			t.Errorf("%s: hit %d times, %v", what, hits, err)
		}
	}
	wantHits("the first one is not struck again", 0)
	if err := a.Inject(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the engine knows", func() bool { return !d.Inspect(t, id).State.Running })
	wantHits("it is down", 0)
	reverted(t, CrashKind, c)
	if err := d.Client.ContainerPause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantHits("it is frozen", 0)
	d.Remove(t, id)
	wantHits("it is gone", 0)
}

func TestWhatRestartedByItselfIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, e := range enders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := d.Run(t, quick(dockertest.Options{Restart: "always"}))
			a := e.make(only(d, id))
			c := injected(t, a)
			if err := d.Client.ContainerRestart(t.Context(), id, container.StopOptions{}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "it runs", func() bool { return runs(t, d, id) })
			wantActive(t, e.kind, c, false)
			before := digest(t, d, id, nothing)
			wantError(t, "inject again", a.Inject(t.Context(), c), "nothing was touched")
			reverted(t, e.kind, c)
			same(t, "the container", digest(t, d, id, nothing), before)
		})
	}
}

func TestWhatTookItsNameIsAStranger(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, e := range enders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := d.Run(t, quick(dockertest.Options{}))
			c := injected(t, e.make(only(d, id)))
			called := d.Name(t, id)
			d.Remove(t, id)
			other := d.Create(t, dockertest.Options{})
			if err := d.Client.ContainerRename(t.Context(), other, called); err != nil {
				t.Fatal(err)
			}
			before := digest(t, d, other, nothing)
			reverted(t, e.kind, c)
			same(t, "the stranger", digest(t, d, other, nothing), before)
		})
	}
}

// A request goes on when its sender has died, and a process that was asked to end may take its time: a revert that is
// quicker than either must not leave a container to end later on.
func TestAStopThatWasCutShortIsUndone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{Restart: "unless-stopped"}) // its sleep is the first process and does not listen to TERM
	timeout := 3 * time.Second
	for name, a := range map[string]attacks.Attack{
		"stop":    &Stop{Targets: Targets{Match: only(d, id)}, Stopping: Stopping{Timeout: &timeout}},
		"restart": &Restart{Targets: Targets{Match: only(d, id)}, Stopping: Stopping{Timeout: &timeout}},
	} {
		c := planned(t, a)
		kind := map[string]attacks.Kind{"stop": StopKind, "restart": RestartKind}[name]
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Inject(ctx, c) }()
		eventually(t, name+": it was asked to stop", func() bool { return saw(t, d, id, c, "kill") })
		cancel()
		wantError(t, name, <-done, context.Canceled.Error())
		if !runs(t, d, id) {
			t.Fatal("it has stopped: this test proves nothing")
		}
		reverted(t, kind, c)
		was, err := attacks.ReadUndo[undo](c)
		if err != nil {
			t.Fatal(err)
		}
		if now := d.Inspect(t, id).State; !runs(t, d, id) || now.StartedAt == was.StartedAt.Format(time.RFC3339Nano) {
			t.Errorf("%s: got %+v: it still may end at any moment", name, now)
		}
		eventually(t, name+": the engine is through", func() bool { return saw(t, d, id, c, map[string]string{"stop": "stop", "restart": "restart"}[name]) })
		eventually(t, name+": it runs", func() bool { return runs(t, d, id) })
		reverted(t, kind, c)
	}
}

// saw reports whether the engine tells of an event since the change was planned.
func saw(t *testing.T, d *dockertest.Daemon, id string, c attacks.Change, event string) bool {
	t.Helper()
	u, err := attacks.ReadUndo[undo](c)
	if err != nil {
		t.Fatal(err)
	}
	messages, errs := d.Client.Events(t.Context(), events.ListOptions{
		Since: u.Planned.Format(time.RFC3339Nano), Until: time.Now().Format(time.RFC3339Nano),
		Filters: filters.NewArgs(filters.Arg("container", id), filters.Arg("event", event)),
	})
	found := false
	for {
		select {
		case <-messages:
			found = true
		case <-errs:
			return found
		}
	}
}

// The sender dies the moment it has sent, and the revert is at once. No container may be down in the end.
func TestAKillThatWasCutShortIsUndone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	tag := dockertest.Tag()
	const many = 12
	var ids []string
	for range many {
		ids = append(ids, d.Run(t, dockertest.Options{Labels: map[string]string{"cut": tag}}))
	}
	a := &Kill{Targets: Targets{Match: labelled(d, "cut", tag)}, Signal: "KILL"}
	changes, err := a.Plan(t.Context())
	if err != nil || len(changes) != many {
		t.Fatal(len(changes), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reverts := make(chan error)
	for i, c := range changes {
		go func() {
			if i == many/2 {
				cancel()
			}
			_ = a.Inject(ctx, c) // some are made, some are cut short, some are not made at all
			reverts <- KillKind.New().Revert(t.Context(), c)
		}()
	}
	for range changes {
		if err := <-reverts; err != nil {
			t.Error(err)
		}
	}
	for quiet := time.Now().Add(time.Second); time.Now().Before(quiet); time.Sleep(20 * time.Millisecond) {
		for _, id := range ids {
			if !runs(t, d, id) {
				t.Fatalf("container %.12s is down after its revert", id)
			}
		}
	}
}

// A signal that the main process handles may be no end for it; its engine believes it was stopped by hand all the same.
func TestASignalThatDidNotEndItIsUndone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{Restart: "unless-stopped", Cmd: []string{"sh", "-c", `trap : USR1; trap exit TERM; while true; do sleep 600 & wait; done`}})
	u1 := &Kill{Targets: Targets{Match: only(d, id)}, Signal: "USR1"}
	var c attacks.Change
	eventually(t, "it handles the signal", func() bool {
		changes, err := u1.Plan(t.Context())
		if err != nil {
			return false
		}
		c = changes[0]
		return true
	})
	if err := u1.Inject(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	wantActive(t, KillKind, c, false)
	was := d.Inspect(t, id).State.StartedAt
	reverted(t, KillKind, c)
	if d.Inspect(t, id).State.StartedAt == was || !runs(t, d, id) {
		t.Error("it was not started anew")
	}
}

func TestKillByAnotherSignal(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	deaf := d.Run(t, dockertest.Options{})
	_, err := (&Kill{Targets: Targets{Match: only(d, deaf)}, Signal: "TERM"}).Plan(t.Context())
	wantError(t, "deaf", err, "does not listen to TERM")
	id := d.Run(t, dockertest.Options{Cmd: []string{"sh", "-c", `trap "exit 3" TERM; while true; do sleep 600 & wait; done`}})
	a := &Kill{Targets: Targets{Match: only(d, id)}, Signal: "TERM"}
	eventually(t, "it handles the signal", func() bool { _, err := a.Plan(t.Context()); return err == nil })
	c := injected(t, a)
	eventually(t, "it has ended", func() bool { s := d.Inspect(t, id).State; return !s.Running && s.ExitCode == 3 })
	wantActive(t, KillKind, c, true)
	reverted(t, KillKind, c)
}

func TestRestartIsSeen(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, quick(dockertest.Options{Restart: "on-failure", Network: d.Network(t, "", "")}))
	before, was := digest(t, d, id, run), d.Inspect(t, id).State.StartedAt
	a := &Restart{Targets: Targets{Match: only(d, id)}}
	c := injected(t, a)
	if !a.Witnessed() || d.Inspect(t, id).State.StartedAt == was {
		t.Error("it was not restarted")
	}
	wantActive(t, RestartKind, c, false)
	reverted(t, RestartKind, c)
	same(t, "the container", digest(t, d, id, run), before)
	wantError(t, "once more", a.Inject(t.Context(), c), "restarted since", "nothing was touched")
}

func TestARestartThatDoesNotComeUpIsTold(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, quick(dockertest.Options{Cmd: []string{"sh", "-c", `test ! -e /tmp/once && touch /tmp/once && exec sleep 600; exit 7`}}))
	eventually(t, "it has begun", func() bool { _, code := d.Exec(t, id, "test", "-e", "/tmp/once"); return code == 0 })
	a := &Restart{Targets: Targets{Match: only(d, id)}}
	c := planned(t, a)
	err := a.Inject(t.Context(), c)
	if err == nil { // its end was not yet known
		eventually(t, "it has ended", func() bool { return !runs(t, d, id) })
	}
	wantActive(t, RestartKind, c, true)
	err = RestartKind.New().Revert(t.Context(), c)
	wantError(t, "revert", err, "it ends as soon as it is started (code 7)", "docker logs", "friday recover")
	if !strings.Contains(err.Error(), d.Name(t, id)) {
		t.Errorf("got %v, which does not name it", err)
	}
}

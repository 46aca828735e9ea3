package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/failurefriday/friday/internal/dockertest"
)

// under holds one attack for a few seconds, does something to its target meanwhile, and returns how the run ended.
func (r *rack) under(attack string, inForce func() bool, mischief func()) (code int, out string) {
	r.t.Helper()
	cmd, text := r.start("run", "--yes", r.write("one.yaml", fmt.Sprintf(`name: one
recover_within: 20s
steps:
  - name: one attack
    attacks:
      - %s
    hold: 3s
    hold_full: true
    expect:
      - fires: {service: nobody}
        within: 2s
`, attack)))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the code says how it ended
	}()
	eventually(r.t, "the fault is in force", func() bool {
		select {
		case <-ended:
			r.t.Fatalf("the run ended before its fault was in force:\n%s", text)
			return false
		default:
			return inForce()
		}
	})
	mischief()
	<-ended
	return cmd.ProcessState.ExitCode(), text.String()
}

func (r *rack) paused(name string) func() bool {
	return func() bool { return r.engine.Inspect(r.t, r.ids[name]).State.Paused }
}

func (r *rack) running(name string) func() bool {
	return func() bool { return r.engine.Inspect(r.t, r.ids[name]).State.Running }
}

func not(f func() bool) func() bool { return func() bool { return !f() } }

// rules are those in the network namespace of a container.
func (r *rack) rules(name string) string {
	pid := r.engine.ContainerPID(r.t, r.ids[name])
	out, err := exec.Command("nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", pid), "nft", "list", "ruleset").CombinedOutput()
	if err != nil {
		return "" // just being restarted
	}
	return string(out)
}

func (r *rack) cut(name string) func() bool {
	return func() bool { return strings.Contains(r.rules(name), "table inet friday_") }
}

func (r *rack) remove(name string) {
	r.t.Helper()
	_ = r.engine.Client.ContainerUnpause(context.Background(), r.ids[name]) // only the paused need it
	if err := r.engine.Client.ContainerRemove(context.Background(), r.ids[name], container.RemoveOptions{Force: true}); err != nil {
		r.t.Fatal(err)
	}
}

// replace puts another container with the same name and labels in the place of one.
func (r *rack) replace(name string) {
	r.t.Helper()
	whole := r.engine.Name(r.t, r.ids[name])
	labels := r.engine.Inspect(r.t, r.ids[name]).Config.Labels
	r.remove(name)
	id := r.engine.Create(r.top, dockertest.Options{Name: name, Image: r.image, Network: r.network, Labels: labels, Cmd: []string{"sleep", "1000"}})
	if err := r.engine.Client.ContainerRename(context.Background(), id, whole); err != nil {
		r.t.Fatal(err)
	}
	if err := r.engine.Client.ContainerStart(context.Background(), id, container.StartOptions{}); err != nil {
		r.t.Fatal(err)
	}
	r.ids[name] = id
}

// TestMischief: targets that restart, are replaced or vanish during the attack leave nothing behind and count as clean,
// and who came in their place is never touched.
func TestMischief(t *testing.T) {
	t.Parallel()
	r := newRack(t)
	restart := func(name string) {
		if err := r.engine.Client.ContainerRestart(context.Background(), r.ids[name], container.StopOptions{Timeout: new(int)}); err != nil {
			t.Fatal(err)
		}
	}
	attack := func(format, name string) string {
		return fmt.Sprintf(format, fmt.Sprintf("project: %s, service: %s", r.project, name))
	}
	const (
		partition  = "network.partition: {in: {container: {%s}}, peers: [everything]}"
		pause      = "container.pause: {match: {%s}}"
		stop       = "container.stop: {match: {%s}, timeout: 0s}"
		disconnect = "container.disconnect: {match: {%s}}"
	)
	for _, c := range []struct {
		name, attack string
		inForce      func() bool
		mischief     func()
		after        func() bool
	}{
		{
			"a partitioned container restarts", attack(partition, "rack-cut"), r.cut("rack-cut"),
			func() { restart("rack-cut") }, not(r.cut("rack-cut")),
		},
		{
			"a partitioned container is replaced", attack(partition, "rack-cut"), r.cut("rack-cut"),
			func() { r.replace("rack-cut") }, not(r.cut("rack-cut")),
		},
		{
			"a paused container is replaced", attack(pause, "rack-pause"), r.paused("rack-pause"),
			func() { r.replace("rack-pause") }, not(r.paused("rack-pause")),
		},
		{
			"somebody else lets a paused container go on", attack(pause, "rack-pause"), r.paused("rack-pause"),
			func() { _ = r.engine.Client.ContainerUnpause(context.Background(), r.ids["rack-pause"]) }, not(r.paused("rack-pause")),
		},
		{
			"somebody else starts a stopped container", attack(stop, "rack-stop"), not(r.running("rack-stop")),
			func() {
				_ = r.engine.Client.ContainerStart(context.Background(), r.ids["rack-stop"], container.StartOptions{})
			}, r.running("rack-stop"),
		},
		{
			"a disconnected container vanishes", attack(disconnect, "rack-off"), func() bool {
				return len(r.engine.Inspect(t, r.ids["rack-off"]).NetworkSettings.Networks) == 0
			}, func() { r.remove("rack-off"); delete(r.ids, "rack-off") }, func() bool { return true },
		},
		{
			"a stopped container vanishes", attack(stop, "rack-stop"), not(r.running("rack-stop")),
			func() { r.remove("rack-stop"); delete(r.ids, "rack-stop") }, func() bool { return true },
		},
		{
			"a namespace disappears", fmt.Sprintf("network.rate: {in: {netns: %s}, rate: 1mbit}", r.ns), func() bool {
				return strings.Contains(tool(t, "tc", "-n", r.ns, "qdisc", "show"), "tbf")
			}, func() { ip(t, "netns", "delete", r.ns) }, func() bool { return true },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.t = t
			code, out := r.under(c.attack, c.inForce, c.mischief)
			if code != exitFailed && code != exitCannotTell { // nobody is paged for "nobody"
				t.Errorf("exit code %d\n%s", code, out)
			}
			eventually(t, "all is as it should be", c.after)
			if left := r.journals(); len(left) > 0 {
				t.Errorf("still owed: %v\n%s", left, out)
			}
		})
	}
}

// TestTheEngineStops: while the Docker daemon is down nobody can look at its containers or mend them. That is told, kept
// in the journal, and made good once it is back. A network fault needs no daemon to be undone.
func TestTheEngineStops(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	engine := dockertest.New(t, "--live-restore")
	id := engine.Run(t, dockertest.Options{Name: "lonely"})
	name := engine.Name(t, id)
	r := &rack{shop: &shop{lab: l, engine: engine, ids: map[string]string{"lonely": id}}}
	l.env = []string{"DOCKER_HOST=" + engine.Host}

	pid := engine.ContainerPID(t, id)
	code, out := r.under(fmt.Sprintf("network.partition: {in: {container: {name: %s}}, peers: [everything]}", name), r.cut("lonely"), func() { engine.Kill(t) })
	engine.Restart(t)
	if code != exitFailed && code != exitCannotTell || r.cut("lonely")() || engine.ContainerPID(t, id) != pid {
		t.Errorf("a network fault needed the engine to be undone: exit code %d\n%s", code, out)
	}

	code, out = r.under(fmt.Sprintf("container.pause: {match: {name: %s}}", name), r.paused("lonely"), func() { engine.Kill(t) })
	if code != exitUnrestored || !strings.Contains(out, "Docker engine") || len(r.journals()) != 1 {
		t.Errorf("exit code %d, want %d, with a journal that is owed\n%s", code, exitUnrestored, out)
	}
	if code, out := r.run("recover"); code != exitUnrestored || !strings.Contains(out, "Docker engine") {
		t.Errorf("recover without the engine: exit code %d\n%s", code, out)
	}
	engine.Restart(t)
	if !r.paused("lonely")() {
		t.Fatal("the engine did not keep the container as it was, so nothing is shown here")
	}
	if code, out := r.run("recover"); code != exitPass || r.paused("lonely")() || len(r.journals()) > 0 {
		t.Errorf("recover: exit code %d\n%s", code, out)
	}
}

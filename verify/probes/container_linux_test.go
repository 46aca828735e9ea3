package probes

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/verify"
)

// crowd is a label that the containers of one test share.
type crowd struct {
	t   *testing.T
	d   *dockertest.Daemon
	tag string
}

func newCrowd(t *testing.T, d *dockertest.Daemon) crowd { return crowd{t, d, dockertest.Tag()} }

func (c crowd) match() docker.Match {
	return docker.Match{Labels: map[string]match.Pattern{"crowd": match.Must(c.tag)}, Engine: c.d.Host}
}

func (c crowd) probe(count int) *Container { return &Container{Match: c.match(), Count: count} }

func (c crowd) run(o dockertest.Options) (id, name string) {
	c.t.Helper()
	o.Labels = map[string]string{"crowd": c.tag}
	id = c.d.Run(c.t, o)
	return id, c.d.Name(c.t, id)
}

// subject is how the probe names a container that runs now.
func (c crowd) subject(id string) string {
	c.t.Helper()
	return fmt.Sprintf("%s (container %.12s, pid %d)", c.d.Name(c.t, id), id, c.d.ContainerPID(c.t, id))
}

func (c crowd) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestContainerRunsHaltsAndEnds(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	c := newCrowd(t, d)
	p := c.probe(1)
	ctx := t.Context()
	wantPulse(t, "before", p, false, "no such container", "")
	id, name := c.run(dockertest.Options{Name: "web"})
	wantPulse(t, "running", p, true, "1 running", c.subject(id))
	wantPulse(t, "too few", c.probe(3), false, "1 of 3 running", c.subject(id))

	c.must(d.Client.ContainerPause(ctx, id))
	wantPulse(t, "paused", p, false, "0 of 1 running; "+name+" paused", c.subject(id))
	c.must(d.Client.ContainerUnpause(ctx, id))
	wantPulse(t, "goes on", p, true, "1 running", c.subject(id))

	soon := 0
	c.must(d.Client.ContainerStop(ctx, id, container.StopOptions{Timeout: &soon}))
	wantPulse(t, "exited", p, false, "0 of 1 running; "+name+" exited (137)", "")

	second, secondName := c.run(dockertest.Options{Name: "xeb", Cmd: []string{"false"}, Restart: "always"})
	eventually(t, "it is restarting", func() bool { return d.Inspect(t, second).State.Restarting })
	eventually(t, "restarting is told", func() bool {
		pulse := look(t, p, plenty)
		return !pulse.OK && strings.HasSuffix(pulse.Detail, secondName+" restarting (1)")
	})

	d.Remove(t, id)
	d.Remove(t, second)
	wantPulse(t, "gone", p, false, "no such container", "")
}

func TestContainerCounts(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	c := newCrowd(t, d)
	a, _ := c.run(dockertest.Options{Name: "a"})
	b, bName := c.run(dockertest.Options{Name: "b"})
	e, eName := c.run(dockertest.Options{Name: "e"})
	made := d.Create(t, dockertest.Options{Name: "f", Labels: map[string]string{"crowd": c.tag}})
	c.must(d.Client.ContainerKill(t.Context(), b, "KILL"))
	c.must(d.Client.ContainerPause(t.Context(), e))
	eventually(t, "b is dead", func() bool { return !d.Inspect(t, b).State.Running })
	detail := fmt.Sprintf("1 of 4 running; %s exited (137), %s paused, %s created", bName, eName, d.Name(t, made))
	subject := c.subject(a) + ", " + c.subject(e)
	wantPulse(t, "one of four is enough", c.probe(1), true, detail, subject)
	wantPulse(t, "one of four is too few", c.probe(2), false, detail, subject)
}

// One that was replaced, and one that was started anew, have other subjects: both are restarts.
func TestContainerReplaced(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	c := newCrowd(t, d)
	id, _ := c.run(dockertest.Options{})
	p := c.probe(1)
	seen := map[string]bool{look(t, p, plenty).Subject: true}
	soon := 0
	c.must(d.Client.ContainerRestart(t.Context(), id, container.StopOptions{Timeout: &soon}))
	seen[look(t, p, plenty).Subject] = true
	d.Remove(t, id)
	c.run(dockertest.Options{})
	pulse := look(t, p, plenty)
	seen[pulse.Subject] = true
	if len(seen) != 3 || !pulse.OK {
		t.Errorf("subjects %v, pulse %+v: want three different ones", seen, pulse)
	}
}

func TestContainerHealth(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	c := newCrowd(t, d)
	id, name := c.run(dockertest.Options{Health: []string{"test", "-e", "/tmp/well"}})
	p := c.probe(1)
	eventually(t, "unhealthy is told", func() bool {
		pulse := look(t, p, plenty)
		if pulse.OK || pulse.Subject != c.subject(id) {
			t.Fatalf("before it is well: %+v", pulse)
		}
		return pulse.Detail == "0 of 1 running; "+name+" unhealthy"
	})
	careless := &Container{Match: c.match(), Count: 1, Health: AnyHealth}
	wantPulse(t, "health does not matter", careless, true, "1 running", c.subject(id))
	if out, code := d.Exec(t, id, "touch", "/tmp/well"); code != 0 {
		t.Fatal(out)
	}
	eventually(t, "it is well", func() bool { return look(t, p, plenty).OK })
	strict := &Container{Match: c.match(), Count: 2, Health: Healthy}
	_, bare := c.run(dockertest.Options{})
	if pulse := look(t, strict, plenty); pulse.OK || pulse.Detail != "1 of 2 running; "+bare+" without a health check" {
		t.Errorf("strict: %+v", pulse)
	}
	slow := newCrowd(t, d)
	_, slowName := slow.run(dockertest.Options{Health: []string{"sleep", "4"}})
	wantDetail := "0 of 1 running; " + slowName + " not healthy yet"
	if pulse := look(t, slow.probe(1), plenty); pulse.OK || pulse.Detail != wantDetail {
		t.Errorf("starting: %+v, want %q", pulse, wantDetail)
	}
}

// That the engine does not answer says nothing about its containers.
func TestContainerWithoutEngine(t *testing.T) {
	t.Parallel()
	d := dockertest.New(t, dockertest.LiveRestore)
	c := newCrowd(t, d)
	id, _ := c.run(dockertest.Options{})
	p := c.probe(1)
	before := c.subject(id)
	d.Kill(t)
	if pulse, err := p.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot reach the Docker engine") {
		t.Errorf("got %+v, %v, want an error", pulse, err)
	}
	if sites, err := p.Sites(t.Context()); err == nil {
		t.Errorf("got %+v, want an error", sites)
	}
	d.Restart(t)
	wantPulse(t, "the engine is back", p, true, "1 running", before)
	far := &Container{Match: docker.Match{ID: id, Engine: "nonsense"}, Count: 1}
	if pulse, err := far.Check(t.Context()); err == nil {
		t.Errorf("no engine at all: got %+v, want an error", pulse)
	}
}

func TestContainerSites(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	c := newCrowd(t, d)
	id, _ := c.run(dockertest.Options{})
	stopped, _ := c.run(dockertest.Options{Cmd: []string{"true"}})
	eventually(t, "one has ended", func() bool { return !d.Inspect(t, stopped).State.Running })
	sites, err := c.probe(1).Sites(t.Context())
	if err != nil || len(sites) != 1 {
		t.Fatalf("got %+v, %v, want one site", sites, err)
	}
	self, err := proc.Self()
	if err != nil {
		t.Fatal(err)
	}
	s := sites[0]
	if s.Container != id || s.Process.PID != d.ContainerPID(t, id) || s.NetNS == 0 || s.NetNS == self.NetNS || s.Host != self.Host {
		t.Errorf("lives at %+v, want container %s", s, id)
	}
	d.Remove(t, id)
	for what, p := range map[string]verify.Sited{"none runs": c.probe(1), "no such": newCrowd(t, d).probe(1)} {
		if sites, err := p.Sites(t.Context()); err == nil {
			t.Errorf("%s: lives at %+v, want an error", what, sites)
		}
	}
}

func TestContainerValidates(t *testing.T) {
	t.Parallel()
	if faults := (&Container{Match: docker.Match{Name: match.Must("web")}, Count: 1}).Validate(); len(faults) > 0 {
		t.Errorf("faults %v in a good one", faults)
	}
	if faults := (&Container{Match: docker.Match{Engine: "unix:///x"}}).Validate(); len(faults) != 2 || faults[0].Field != "" || faults[1].Field != "count" {
		t.Errorf("faults %v, want one for the kind as a whole and one for count", faults)
	}
	var h Health
	for text, good := range map[string]bool{"healthy": true, "any": true, "unhealthy": false, "": false} {
		if err := h.UnmarshalText([]byte(text)); good != (err == nil) {
			t.Errorf("health: %q: %v", text, err)
		}
	}
}

// A monitor in a paused container is not alive, though no signal has stopped it.
func TestProcessInPausedContainer(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{})
	pid := d.ContainerPID(t, id)
	p := &Process{Match: proc.Match{Cgroup: match.Must("/" + id + "$/")}, Count: 1}
	subject := fmt.Sprintf("sleep (pid %d)", pid)
	wantPulse(t, "runs", p, true, "1 running", subject)
	if err := d.Client.ContainerPause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantPulse(t, "paused", p, false, "0 running, frozen: "+subject, subject)
	if err := d.Client.ContainerUnpause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantPulse(t, "goes on", p, true, "1 running", subject)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	state(t, pid, "T")
	wantPulse(t, "stopped", p, false, "0 running, stopped: "+subject, subject)
}

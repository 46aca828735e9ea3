package container

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
)

// only selects one container.
func only(d *dockertest.Daemon, id string) docker.Match {
	return docker.Match{ID: id, Engine: d.Host}
}

// labelled selects by one label.
func labelled(d *dockertest.Daemon, key, value string) docker.Match {
	return docker.Match{Labels: map[string]match.Pattern{key: match.Must(value)}, Engine: d.Host}
}

// fresh is what two digests of a container may differ in.
type fresh int

const (
	nothing  fresh = iota
	endpoint       // it was connected anew
	run            // it was started anew, too
)

// digest is all that an engine tells of a container and that an attack might change.
func digest(t testing.TB, d *dockertest.Daemon, id string, but fresh) string {
	t.Helper()
	in := d.Inspect(t, id)
	nets := in.NetworkSettings
	for _, n := range nets.Networks {
		if but >= endpoint {
			n.EndpointID = ""
		}
	}
	if but >= run {
		nets.SandboxID, nets.SandboxKey = "", ""
		in.State.StartedAt, in.State.Pid, in.RestartCount = "", 0, 0
	}
	data, err := json.MarshalIndent([]any{
		in.ID, in.Name, in.State.Status, in.State.StartedAt, in.State.Pid, in.RestartCount, in.Config, in.HostConfig, in.Mounts, nets,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// same fails the test where two digests differ, and tells the lines.
func same(t testing.TB, what, now, before string) {
	t.Helper()
	if now == before {
		return
	}
	a, b := strings.Split(before, "\n"), strings.Split(now, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("%s: got %s, was %s", what, strings.TrimSpace(b[i]), strings.TrimSpace(a[i]))
		}
	}
	if len(a) != len(b) {
		t.Errorf("%s: got\n%s\nwas\n%s", what, now, before)
	}
}

func runs(t testing.TB, d *dockertest.Daemon, id string) bool {
	t.Helper()
	s := d.Inspect(t, id).State
	return s.Running && !s.Paused && !s.Restarting
}

// quick is a container that ends as soon as it is asked to.
func quick(o dockertest.Options) dockertest.Options {
	o.StopSignal = "KILL"
	return o
}

func planned(t testing.TB, a attacks.Attack) attacks.Change {
	t.Helper()
	changes, err := a.Plan(t.Context())
	if err != nil || len(changes) != 1 {
		t.Fatalf("got %d changes, %v, want one", len(changes), err)
	}
	return changes[0]
}

func injected(t testing.TB, a attacks.Attack) attacks.Change {
	t.Helper()
	c := planned(t, a)
	if err := a.Inject(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func reverted(t testing.TB, k attacks.Kind, c attacks.Change) {
	t.Helper()
	if err := k.New().Revert(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	wantActive(t, k, c, false)
}

func wantActive(t testing.TB, k attacks.Kind, c attacks.Change, want bool) {
	t.Helper()
	got, err := k.New().Active(t.Context(), c)
	if err != nil || got != want {
		t.Errorf("active is %v, %v, want %v", got, err, want)
	}
}

// wantError fails the test unless err says all the words.
func wantError(t testing.TB, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: got %q, want %q in it", what, err, w)
		}
	}
}

// forge changes the undo of a change.
func forge(t testing.TB, c attacks.Change, alter func(*undo)) attacks.Change {
	t.Helper()
	u, err := attacks.ReadUndo[undo](c)
	if err != nil {
		t.Fatal(err)
	}
	alter(&u)
	if c.Undo, err = json.Marshal(u); err != nil {
		t.Fatal(err)
	}
	return c
}

func nobody() docker.Match { return docker.Match{Name: match.Must("there-is-no-such-container")} }

var eventually = attacktest.Eventually

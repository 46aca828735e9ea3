package container

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
)

const (
	project = "com.docker.compose.project"
	service = "com.docker.compose.service"
)

func TestSelectors(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	p := dockertest.Tag()
	web1 := d.Run(t, dockertest.Options{Name: "web", Labels: map[string]string{project: p, service: "web", "tier": "front"}})
	web2 := d.Run(t, dockertest.Options{Name: "web", Labels: map[string]string{project: p, service: "web", "tier": "back"}})
	db := d.Run(t, dockertest.Options{Name: "db", Labels: map[string]string{project: p, service: "db"}})
	done := d.Create(t, dockertest.Options{Name: "migrate", Labels: map[string]string{project: p, service: "migrate"}, Cmd: []string{"true"}})
	if err := d.Client.ContainerStart(t.Context(), done, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the migration has ended", func() bool { return d.Inspect(t, done).State.Status == "exited" })
	is := match.Must
	mine := docker.Match{Project: is(p), Engine: d.Host}
	with := func(f func(*docker.Match)) docker.Match { m := mine; f(&m); return m }
	for _, test := range []struct {
		what string
		m    docker.Match
		want []string
	}{
		{"a project, without what has ended well", mine, []string{web1, web2, db}},
		{"a service", with(func(m *docker.Match) { m.Service = is("web") }), []string{web1, web2}},
		{"all but a service", with(func(m *docker.Match) { m.Service = is("!web") }), []string{db}},
		{"a label", with(func(m *docker.Match) { m.Labels = map[string]match.Pattern{"tier": is("/^f/")} }), []string{web1}},
		{"a name", docker.Match{Name: is(d.Name(t, db)), Engine: d.Host}, []string{db}},
		{"a pattern of names", with(func(m *docker.Match) { m.Name = is("/^web-/") }), []string{web1, web2}},
		{"an image", with(func(m *docker.Match) { m.Image = is(d.Image(t)) }), []string{web1, web2, db}},
		{"another image", with(func(m *docker.Match) { m.Image = is("other") }), nil},
		{"the beginning of an id", docker.Match{ID: db[:12], Engine: d.Host}, []string{db}},
	} {
		changes, err := (&Pause{Targets: Targets{Match: test.m}}).Plan(t.Context())
		if len(test.want) == 0 != errors.Is(err, attacks.ErrNoTarget) || len(test.want) > 0 && err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
		var got []string
		for _, c := range changes {
			u, err := attacks.ReadUndo[undo](c)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, u.ID)
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.what, got, test.want)
		}
	}
}

func TestTheRadiusIsBounded(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	tag := dockertest.Tag()
	for range 3 {
		d.Run(t, dockertest.Options{Labels: map[string]string{"crowd": tag}})
	}
	m := labelled(d, "crowd", tag)
	two := &Pause{Targets: Targets{Match: m, Radius: radius.Radius{Pick: radius.N(2), Seed: 7}}}
	first, err := two.Plan(t.Context())
	if err != nil || len(first) != 2 {
		t.Fatalf("got %d changes, %v, want two", len(first), err)
	}
	again, err := (&Pause{Targets: Targets{Match: m, Radius: radius.Radius{Pick: radius.N(2), Seed: 7}}}).Plan(t.Context())
	if err != nil || again[0].Target != first[0].Target || again[1].Target != first[1].Target {
		t.Errorf("the same seed picked %v, %v, and %v before", again, err, first)
	}
	_, err = (&Pause{Targets: Targets{Match: m, Radius: radius.Radius{MaxTargets: 2}}}).Plan(t.Context())
	wantError(t, "max_targets", err, "3 targets would be hit, and max_targets is 2")
	limited := &Pause{Targets: Targets{Match: m}}
	limited.Limit(attacks.Limits{MaxTargets: 1})
	_, err = limited.Plan(t.Context())
	wantError(t, "the limit of the run", err, "limits.max_targets in friday.yaml is 1")
}

func everyKind(m docker.Match) map[string]attacks.Attack {
	return map[string]attacks.Attack{
		"stop": &Stop{Targets: Targets{Match: m}}, "kill": &Kill{Targets: Targets{Match: m}, Signal: "KILL"},
		"restart": &Restart{Targets: Targets{Match: m}}, "crash": &Crash{Targets: Targets{Match: m}},
		"pause": &Pause{Targets: Targets{Match: m}}, "disconnect": &Disconnect{Targets: Targets{Match: m}},
	}
}

var (
	all     = []string{"stop", "kill", "restart", "crash", "pause", "disconnect"}
	ending  = []string{"stop", "kill", "restart", "crash"}
	sparing = []string{"pause", "disconnect"}
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	lan := func(t *testing.T, o dockertest.Options) string {
		o.Network = d.Network(t, "", "")
		return d.Run(t, quick(o))
	}
	for _, test := range []struct {
		what   string
		make   func(t *testing.T) string
		by     []string // the others take it
		says   string
		target bool // it is a target, that is refused
	}{
		{"never started", func(t *testing.T) string { return d.Create(t, dockertest.Options{}) }, all, "is created", false},
		{"stopped", func(t *testing.T) string {
			id := lan(t, dockertest.Options{})
			return after(t, id, d.Client.ContainerStop(t.Context(), id, container.StopOptions{}))
		}, all, "is exited (code 137)", false},
		{"paused", func(t *testing.T) string {
			id := lan(t, dockertest.Options{})
			return after(t, id, d.Client.ContainerPause(t.Context(), id))
		}, all, "it is paused, and not by this run: unpause it first", true},
		{"in a crash loop", func(t *testing.T) string {
			id := d.Run(t, dockertest.Options{Restart: "always", Cmd: []string{"false"}, Network: d.Network(t, "", "")})
			eventually(t, "it waits long", func() bool { in := d.Inspect(t, id); return in.State.Restarting && in.RestartCount > 4 })
			return id
		}, all, "restarting it already", true},
		{"made with --rm", func(t *testing.T) string { return lan(t, dockertest.Options{AutoRemove: true}) }, ending, "--rm", true},
		{"labelled", func(t *testing.T) string {
			return lan(t, dockertest.Options{Labels: map[string]string{"friday.protected": "true"}})
		}, all, "protected by its label friday.protected", true},
		{"others live in its network", func(t *testing.T) string {
			id := lan(t, dockertest.Options{})
			d.Run(t, dockertest.Options{Name: "sidecar", NetworkMode: "container:" + id})
			return id
		}, ending, "live in its network", true},
		{"no network", func(t *testing.T) string { return d.Run(t, quick(dockertest.Options{})) }, sparing[1:], "its network is none", true},
		{"the network of the host", func(t *testing.T) string {
			return d.Run(t, quick(dockertest.Options{NetworkMode: "host"}))
		}, sparing[1:], "its network is host", true},
		{"the network of another", func(t *testing.T) string {
			return d.Run(t, quick(dockertest.Options{NetworkMode: "container:" + lan(t, dockertest.Options{})}))
		}, sparing[1:], "its network is container:", true},
	} {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			id := test.make(t)
			before := digest(t, d, id, run)
			for name, a := range everyKind(only(d, id)) {
				changes, err := a.Plan(t.Context())
				switch {
				case !slices.Contains(test.by, name):
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				case len(changes) > 0 || errors.Is(err, attacks.ErrNoTarget) == test.target:
					t.Errorf("%s: got %d changes, %v", name, len(changes), err)
				default:
					wantError(t, name, err, test.says, d.Name(t, id))
				}
			}
			if test.what != "in a crash loop" {
				same(t, "the container", digest(t, d, id, run), before)
			}
		})
	}
}

func after(t *testing.T, id string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Whoever plans learns of everything that is wrong at once.
func TestAllReasonsAtOnce(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	labels := map[string]string{"many": dockertest.Tag(), "friday.protected": "true"}
	paused := d.Run(t, quick(dockertest.Options{Name: "one", AutoRemove: true, Labels: labels}))
	after(t, paused, d.Client.ContainerPause(t.Context(), paused))
	failed := d.Run(t, dockertest.Options{Name: "two", Labels: labels, Cmd: []string{"false"}})
	eventually(t, "it has ended", func() bool { return d.Inspect(t, failed).State.Status == "exited" })
	a := &Stop{Targets: Targets{Match: labelled(d, "many", labels["many"]), Radius: radius.Radius{MaxTargets: 1}}, Stopping: Stopping{Signal: "INT"}}
	_, err := a.Plan(t.Context())
	wantError(t, "stop", err, "max_targets is 1", d.Name(t, paused), "it is paused", "--rm", "friday.protected", "takes no signal", d.Name(t, failed), "it is exited (code 1)")
}

func TestParametersOfAStop(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{StopTimeout: -1, Restart: "always"})
	_, err := (&Stop{Targets: Targets{Match: only(d, id)}}).Plan(t.Context())
	wantError(t, "no end", err, "its own stop timeout has no end: give timeout")
	now, odd, past := time.Duration(0), 1500*time.Millisecond, -time.Second
	a := &Stop{Targets: Targets{Match: only(d, id)}, Stopping: Stopping{Timeout: &now}}
	if bad := a.Check(); len(bad) > 0 {
		t.Errorf("got %v", bad)
	}
	reverted(t, StopKind, injected(t, a))
	for _, wrong := range []*time.Duration{&odd, &past} {
		if bad := (&Restart{Targets: Targets{Match: only(d, id)}, Stopping: Stopping{Timeout: wrong}}).Check(); len(bad) != 1 || bad[0].Field != "timeout" {
			t.Errorf("%s: got %v", wrong, bad)
		}
	}
	if bad := (&Kill{}).Check(); len(bad) != 1 || bad[0].Field != "match" {
		t.Errorf("got %v", bad)
	}
}

// A container tells by its mounts which one it is; the host, which shows the files of all, is in none.
func TestOwnContainer(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{})
	inside, code := d.Exec(t, id, "cat", "/proc/self/mountinfo")
	if got := mountedFrom(inside); code != 0 || !slices.Contains(got, id) {
		t.Errorf("got %v from\n%s", got, inside)
	}
	here, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if got := mountedFrom(string(here)); slices.Contains(got, id) {
		t.Errorf("we are not in %s", id)
	}
}

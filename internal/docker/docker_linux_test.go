package docker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
)

func TestMain(m *testing.M) { os.Exit(dockertest.Main(m)) }

// real is an engine with containers in it.
func real(t *testing.T) (*dockertest.Daemon, *Engine) {
	t.Helper()
	d := dockertest.Start(t)
	e, err := Open(Endpoint{Host: d.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, e
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not so within 20 s: %s", what)
		}
	}
}

func inspect(t *testing.T, e *Engine, id string) Container {
	t.Helper()
	c, err := e.Inspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFindByEachField(t *testing.T) {
	d, e := real(t)
	shop, tag := "shop"+dockertest.Tag(), dockertest.Tag()
	compose := func(service string) map[string]string {
		return map[string]string{projectLabel: shop, serviceLabel: service, "tag": tag}
	}
	own := d.ImageOf(t, "find", busybox(t))
	web := d.Run(t, dockertest.Options{Name: "web", Labels: compose("web")})
	db := d.Run(t, dockertest.Options{Name: "db", Labels: compose("db"), Image: own})
	other := d.Create(t, dockertest.Options{Name: "db", Labels: map[string]string{"tag": tag}}) // never started
	webName, dbName := d.Name(t, web), d.Name(t, db)
	for _, test := range []struct {
		name string
		m    Match
		want []string // in the order of their names
	}{
		{"name", Match{Name: match.Must(webName)}, []string{web}},
		{"name, regexp and another", Match{Name: match.Must("/^(web|db)-/"), Labels: map[string]match.Pattern{"tag": match.Must(tag)}, Project: match.Must(shop)}, []string{db, web}},
		{"name without its end", Match{Name: match.Must(strings.TrimSuffix(webName, webName[len(webName)-1:]))}, nil},
		{"id", Match{ID: db}, []string{db}},
		{"short id", Match{ID: db[:12]}, []string{db}},
		{"label", Match{Labels: map[string]match.Pattern{"tag": match.Must(tag)}, Name: match.Must("/^db-/", "!"+dbName)}, []string{other}},
		{"label of any value", Match{Labels: map[string]match.Pattern{"tag": match.Must("/./")}, Project: match.Must(shop)}, []string{db, web}},
		{"label with another value", Match{Labels: map[string]match.Pattern{"tag": match.Must("!" + tag)}, Project: match.Must(shop)}, nil},
		{"image", Match{Image: match.Must(own), Labels: map[string]match.Pattern{"tag": match.Must(tag)}}, []string{db}},
		{"project", Match{Project: match.Must(shop)}, []string{db, web}},
		{"project and service", Match{Project: match.Must(shop), Service: match.Must("web")}, []string{web}},
		{"service by regexp", Match{Project: match.Must(shop), Service: match.Must("!web")}, []string{db}},
		{"nobody", Match{Project: match.Must("no" + shop)}, nil},
	} {
		found, err := e.Find(t.Context(), test.m)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		var ids []string
		for _, c := range found {
			ids = append(ids, c.ID)
		}
		if !slices.Equal(ids, test.want) {
			t.Errorf("%s: found %v, want %v", test.name, found, test.want)
		}
	}
	if found, err := e.Find(t.Context(), Match{Engine: d.Host}); err == nil {
		t.Errorf("nothing asked for: found %v, want an error", found)
	}
}

func busybox(t *testing.T) string {
	t.Helper()
	path, err := filepath.EvalSymlinks("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A newer image of the same name does not hide the containers of the older one.
func TestFindByNameOfAnOlderImage(t *testing.T) {
	t.Parallel()
	d, e := real(t)
	ref := d.ImageOf(t, "older"+dockertest.Tag(), busybox(t))
	id := d.Run(t, dockertest.Options{Image: ref})
	if err := d.Client.ImageTag(t.Context(), d.ImageOf(t, "newer", busybox(t)), ref); err != nil {
		t.Fatal(err)
	}
	found, err := e.Find(t.Context(), Match{Image: match.Must(ref)})
	if err != nil || len(found) != 1 || found[0].ID != id || found[0].Image != ref {
		t.Errorf("found %v, %v, want %.12s of image %s", found, err, id, ref)
	}
}

func TestInspectTellsTheState(t *testing.T) {
	t.Parallel()
	d, e := real(t)
	lan := d.Network(t, "lan", "")
	began := time.Now().Add(-time.Second)
	c := inspect(t, e, d.Run(t, dockertest.Options{Name: "s", Network: lan, Restart: "always", Labels: map[string]string{"k": "v"}}))
	if !c.Running || c.Paused || c.Restarting || c.Status != "running" || c.PID == 0 || c.Health != "" || c.AutoRemove ||
		c.Restart != "always" || c.Labels["k"] != "v" || c.StartedAt.Before(began) || len(c.Networks) != 1 || c.NetworkMode == "" {
		t.Errorf("running: %+v", c)
	}
	if want := c.Name + " (container " + c.ID[:12] + ")"; c.String() != want || strings.HasPrefix(c.Name, "/") {
		t.Errorf("got %q, want %q", c, want)
	}
	if c := inspect(t, e, d.Create(t, dockertest.Options{AutoRemove: true})); c.Running || c.Status != "created" || c.PID != 0 || !c.AutoRemove || c.NetworkMode != "none" {
		t.Errorf("created: %+v", c)
	}
	exits := d.Run(t, dockertest.Options{Cmd: []string{"sh", "-c", "exit 3"}})
	eventually(t, "it exits", func() bool { return inspect(t, e, exits).Status == "exited" })
	if c := inspect(t, e, exits); c.Running || c.ExitCode != 3 || c.PID != 0 {
		t.Errorf("exited: %+v", c)
	}
	again := d.Run(t, dockertest.Options{Cmd: []string{"false"}, Restart: "always"})
	eventually(t, "it waits for its restart", func() bool { return inspect(t, e, again).Restarting })
	sick := d.Run(t, dockertest.Options{Health: []string{"false"}})
	eventually(t, "its health is known", func() bool { return inspect(t, e, sick).Health == "unhealthy" })
}

func TestWhatCanBeDoneToAContainer(t *testing.T) {
	t.Parallel()
	d, e := real(t)
	lan := d.Network(t, "lan", "")
	id := d.Run(t, dockertest.Options{Network: lan})
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.Pause(ctx, id))
	if c := inspect(t, e, id); !c.Paused || !c.Running {
		t.Errorf("paused: %+v", c)
	}
	if err := e.Pause(ctx, id); err == nil || !strings.Contains(err.Error(), "cannot pause container "+id[:12]) {
		t.Errorf("paused twice: %v", err)
	}
	must(e.Unpause(ctx, id))
	soon := 0
	must(e.Stop(ctx, id, "", &soon))
	if c := inspect(t, e, id); c.Running || c.ExitCode != 137 {
		t.Errorf("stopped: %+v", c)
	}
	must(e.Start(ctx, id))
	must(e.Start(ctx, id)) // runs already
	before := inspect(t, e, id).PID
	must(e.Restart(ctx, id, "", &soon))
	if after := inspect(t, e, id).PID; after == 0 || after == before {
		t.Errorf("restarted: pid %d, was %d", after, before)
	}
	must(e.Kill(ctx, id, "KILL"))
	eventually(t, "it is dead", func() bool { return !inspect(t, e, id).Running })
	must(e.Start(ctx, id))
	must(e.Disconnect(ctx, lan, id))
	if c := inspect(t, e, id); len(c.Networks) != 0 {
		t.Errorf("off its network: %+v", c.Networks)
	}
	must(e.Connect(ctx, lan, id, nil))
	if c := inspect(t, e, id); len(c.Networks) != 1 {
		t.Errorf("on its network again: %+v", c.Networks)
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	d, e := real(t)
	id := d.Run(t, dockertest.Options{})
	d.Remove(t, id)
	ctx := t.Context()
	_, inspected := e.Inspect(ctx, id)
	for what, err := range map[string]error{
		"inspect": inspected, "start": e.Start(ctx, id), "stop": e.Stop(ctx, id, "", nil), "restart": e.Restart(ctx, id, "", nil),
		"kill": e.Kill(ctx, id, "KILL"), "pause": e.Pause(ctx, id), "unpause": e.Unpause(ctx, id),
	} {
		if !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "cannot "+what+" container "+id[:12]) {
			t.Errorf("%s: got %v, want ErrGone", what, err)
		}
	}
	if found, err := e.Find(ctx, Match{ID: id}); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestEngineThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	e, err := Open(Endpoint{Host: "unix://" + filepath.Join(t.TempDir(), "no.sock")})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, listed := e.Find(t.Context(), Match{ID: "0123456789ab"})
	for what, err := range map[string]error{"find": listed, "start": e.Start(t.Context(), "0123456789ab")} {
		if err == nil || errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "cannot reach the Docker engine at "+e.Endpoint.Host+": is it running") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

// A stopped engine cannot be reached, and the same Engine works again once it is back.
func TestEngineThatComesBack(t *testing.T) {
	t.Parallel()
	d := dockertest.New(t, dockertest.LiveRestore)
	id := d.Run(t, dockertest.Options{})
	e, err := Open(Endpoint{Host: d.Host})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pid := inspect(t, e, id).PID
	d.Kill(t)
	if c, err := e.Inspect(t.Context(), id); err == nil || !strings.Contains(err.Error(), "is it running") {
		t.Errorf("got %v, %v", c, err)
	}
	d.Restart(t)
	if c := inspect(t, e, id); c.PID != pid {
		t.Errorf("pid %d, was %d", c.PID, pid)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Find(ctx, Match{ID: id}); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "cannot list the containers") {
		t.Errorf("cancelled: got %v", err)
	}
}

package container

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
)

// between stands between us and an engine, as one that is elsewhere. It answers for the engine what answer answers.
func between(t *testing.T, d *dockertest.Daemon, answer func(w http.ResponseWriter, r *http.Request) bool) (host string) {
	t.Helper()
	socket := strings.TrimPrefix(d.Host, "unix://")
	way := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	proxy.Transport = way
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(way.CloseIdleConnections)
	return "tcp://" + server.Listener.Addr().String()
}

func nothingOfItsOwn(http.ResponseWriter, *http.Request) bool { return false }

// The engine says that it has done it, and has not. A revert that believes that has reverted nothing.
func TestARevertLooksForItself(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	lies := func(t *testing.T, path string) string {
		return between(t, d, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, path) {
				return false
			}
			w.WriteHeader(http.StatusNoContent)
			return true
		})
	}
	for name, test := range map[string]struct {
		kind attacks.Kind
		make func(docker.Match) attacks.Attack
		path string
		says string
	}{
		"stop":       {StopKind, enders["stop"].make, "/start", "it ends as soon as it is started"},
		"pause":      {PauseKind, func(m docker.Match) attacks.Attack { return &Pause{Targets: Targets{Match: m}} }, "/unpause", "says that it was unpaused, and it was not"},
		"disconnect": {DisconnectKind, func(m docker.Match) attacks.Attack { return &Disconnect{Targets: Targets{Match: m}} }, "/connect", "again and again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := d.Run(t, quick(dockertest.Options{Network: d.Network(t, "", "")}))
			c := injected(t, test.make(only(d, id)))
			lied := forge(t, c, func(u *undo) { u.Engine.Host = lies(t, test.path) })
			wantError(t, "revert", test.kind.New().Revert(t.Context(), lied), test.says, "friday recover")
			wantActive(t, test.kind, c, true)
			reverted(t, test.kind, c)
		})
	}
}

func TestARestartThatWasNoneIsTold(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, quick(dockertest.Options{}))
	host := between(t, d, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/restart") {
			return false
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	})
	m := only(d, id)
	m.Engine = host
	a := &Restart{Targets: Targets{Match: m}}
	wantError(t, "inject", a.Inject(t.Context(), planned(t, a)), "was restarted, and it was not")
}

// For a moment after a pause has ended an engine may say that it has not.
func TestAnEngineThatIsLateIsNotBelieved(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, quick(dockertest.Options{}))
	m := only(d, id)
	var late atomic.Int32
	m.Engine = between(t, d, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, id+"/json") || late.Add(-1) < 0 {
			return false
		}
		in, err := d.Client.ContainerInspect(r.Context(), id)
		if err == nil {
			in.State.Paused = true
			err = json.NewEncoder(w).Encode(in)
		}
		if err != nil {
			t.Error(err)
		}
		return true
	})
	a := &Pause{Targets: Targets{Match: m}}
	late.Store(3)
	c := planned(t, a)
	late.Store(3)
	if err := a.Inject(t.Context(), c); err != nil {
		t.Error(err)
	}
	reverted(t, PauseKind, c)
	late.Store(1000)
	_, err := a.Plan(t.Context())
	wantError(t, "plan", err, "it is paused, and not by this run")
	wantError(t, "inject", a.Inject(t.Context(), c), "it is paused now", "nothing was touched")
}

// Of an engine that is elsewhere no process can be seen: what needs none works all the same.
func TestAnEngineElsewhere(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, quick(dockertest.Options{Network: d.Network(t, "", ""), Aliases: []string{"a"}}))
	m := only(d, id)
	m.Engine = between(t, d, nothingOfItsOwn)
	for name, a := range everyKind(m) {
		kind := map[string]attacks.Kind{"stop": StopKind, "kill": KillKind, "restart": RestartKind, "pause": PauseKind, "disconnect": DisconnectKind}[name]
		if name == "crash" {
			_, err := a.Plan(t.Context())
			wantError(t, name, err, "its processes cannot be seen from here", "use container.kill")
			continue
		}
		before := digest(t, d, id, run)
		c := injected(t, a)
		wantActive(t, kind, c, name != "restart")
		reverted(t, kind, c)
		reverted(t, kind, c)
		same(t, name, digest(t, d, id, run), before)
		if where, err := kind.New().(attacks.Sited).Sites(t.Context(), c); err == nil {
			t.Errorf("%s: it lives at %+v", name, where)
		}
		stranger := forge(t, c, func(u *undo) { u.StartedAt = u.StartedAt.Add(time.Second) })
		wantError(t, name, a.Inject(t.Context(), stranger), "nothing was touched")
	}
}

// What another engine does not know may live on where it was.
func TestAnotherEngineIsNotBelieved(t *testing.T) {
	t.Parallel()
	d, other := dockertest.Start(t), dockertest.New(t)
	id := d.Run(t, quick(dockertest.Options{}))
	c := injected(t, &Stop{Targets: Targets{Match: only(d, id)}})
	elsewhere := forge(t, c, func(u *undo) { u.Engine.Host = other.Host })
	_, err := StopKind.New().Active(t.Context(), elsewhere)
	wantError(t, "active", err, "is another one than when that was attacked")
	wantError(t, "revert", StopKind.New().Revert(t.Context(), elsewhere), "is another one", "friday recover")
	wantActive(t, StopKind, c, true)
	reverted(t, StopKind, c)
}

// An engine that does not answer must not hang a run.
func TestAStuckEngineIsTold(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, quick(dockertest.Options{}))
	free := make(chan struct{})
	t.Cleanup(func() { close(free) })
	c := planned(t, &Stop{Targets: Targets{Match: only(d, id)}})
	stuck := forge(t, c, func(u *undo) {
		u.Engine.Host = between(t, d, func(_ http.ResponseWriter, r *http.Request) bool {
			select {
			case <-free:
			case <-r.Context().Done():
			}
			return true
		})
	})
	limit, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, noAnswer(50*time.Millisecond))
	defer cancel()
	active, err := StopKind.New().Active(limit, stuck)
	if active {
		t.Error("it says that it saw something")
	}
	wantError(t, "active", err, "has not answered within 50ms")
}

// The engine ends and comes back: its containers live on, or are ended with it.
func TestTheEngineGoesAway(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flags []string
		end   func(*dockertest.Daemon, testing.TB)
	}{
		"stopped":                    {nil, (*dockertest.Daemon).Stop},
		"killed, containers live on": {[]string{dockertest.LiveRestore}, (*dockertest.Daemon).Kill},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dockertest.New(t, test.flags...)
			changes, ids := map[string]attacks.Change{}, map[string]string{}
			kinds := map[string]attacks.Kind{"stop": StopKind, "kill": KillKind, "crash": CrashKind, "pause": PauseKind, "disconnect": DisconnectKind}
			before := map[string]string{}
			for name := range kinds {
				ids[name] = d.Run(t, quick(dockertest.Options{Name: name, Restart: "unless-stopped", Network: d.Network(t, "", ""), Aliases: []string{"a"}}))
				before[name] = digest(t, d, ids[name], run)
				changes[name] = injected(t, everyKind(only(d, ids[name]))[name])
			}
			test.end(d, t)
			for name, kind := range kinds {
				active, err := kind.New().Active(t.Context(), changes[name])
				wantError(t, name, err, "cannot reach the Docker engine")
				if active {
					t.Errorf("%s: active although nobody could look", name)
				}
				wantError(t, name, kind.New().Revert(t.Context(), changes[name]), "cannot reach the Docker engine", "see to that, then run friday recover")
			}
			d.Restart(t)
			for name, kind := range kinds {
				reverted(t, kind, changes[name])
				if ended := name == "pause" || name == "disconnect"; ended && test.flags == nil && !runs(t, d, ids[name]) {
					// An engine ends what runs with it, and need not start that again.
					if err := d.Client.ContainerStart(t.Context(), ids[name], container.StartOptions{}); err != nil {
						t.Fatal(err)
					}
				}
				eventually(t, name+": it runs", func() bool { return runs(t, d, ids[name]) })
				none := strings.NewReplacer(`"Dns": null`, `"Dns": []`, `"DnsOptions": null`, `"DnsOptions": []`, `"DnsSearch": null`, `"DnsSearch": []`)
				same(t, name, none.Replace(digest(t, d, ids[name], run)), none.Replace(before[name])) // an engine that has read it from disk says [] for nothing
			}
		})
	}
}

// Removed by somebody, by force: clean, whatever the attack was.
func TestWhatWasRemovedIsClean(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, kind := range map[string]attacks.Kind{"stop": StopKind, "pause": PauseKind, "disconnect": DisconnectKind} {
		id := d.Run(t, quick(dockertest.Options{Network: d.Network(t, "", "")}))
		c := injected(t, everyKind(only(d, id))[name])
		if err := d.Client.ContainerRemove(t.Context(), id, container.RemoveOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		wantActive(t, kind, c, false)
		reverted(t, kind, c)
	}
}

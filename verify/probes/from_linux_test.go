package probes

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/network"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/verify"
)

// pair is a client and a server on a network that leads nowhere else.
type pair struct {
	d               *dockertest.Daemon
	lan, client, ip string
	from            From
}

func newPair(t *testing.T) pair {
	t.Helper()
	d := dockertest.Start(t)
	lan := d.Network(t, "lan", "")
	client := d.Run(t, dockertest.Options{Name: "client", Network: lan})
	server := d.Run(t, dockertest.Options{Name: "server", Network: lan, Aliases: []string{"shop"}, Cmd: []string{"httpd", "-f", "-p", "80", "-h", "/www"}})
	p := pair{d, lan, client, d.IP(t, server), From{Container: docker.Match{ID: client, Engine: d.Host}}}
	eventually(t, "the server listens", func() bool { return look(t, &TCP{Address: p.ip + ":80", From: p.from}, plenty).OK })
	return p
}

// silent is an address of the network that nobody has, so that nothing comes back.
func (p pair) silent() string { return p.ip[:strings.LastIndexByte(p.ip, '.')] + ".250:80" }

func refuses(t *testing.T, what string, p verify.Probe, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), plenty)
	defer cancel()
	if pulse, err := p.Check(ctx); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %+v, %v, want an error with %q", what, pulse, err, want)
	}
}

func TestFromContainer(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for _, host := range []string{p.ip, "shop"} {
		if pulse := look(t, &TCP{Address: host + ":80", From: p.from}, plenty); !pulse.OK || !strings.HasPrefix(pulse.Detail, "connected in ") {
			t.Errorf("tcp to %s: %+v", host, pulse)
		}
		asks := newHTTP("http://"+host+"/", func(h *HTTP) { h.From, h.Body = p.from, match.Must("/hello/") })
		if pulse := look(t, asks, plenty); !pulse.OK || !strings.HasPrefix(pulse.Detail, "200 in ") {
			t.Errorf("http to %s: %+v", host, pulse)
		}
	}
	wantPulse(t, "nobody listens", &TCP{Address: p.ip + ":81", From: p.from}, false, "connection refused", "")
	wantPulse(t, "its own loopback", &TCP{Address: "127.0.0.1:80", From: p.from}, false, "connection refused", "")
	lonely := p.d.Run(t, dockertest.Options{}) // without a network there is no name server
	pulse := look(t, &TCP{Address: "shop:80", From: From{Container: docker.Match{ID: lonely, Engine: p.d.Host}}}, plenty)
	if pulse.OK || !strings.Contains(pulse.Detail, "does not resolve") {
		t.Errorf("a name that cannot be resolved: %+v", pulse)
	}
	started := time.Now()
	pulse = look(t, &TCP{Address: p.silent(), From: p.from}, 150*time.Millisecond)
	if pulse.OK || pulse.Detail != "no connection within 150ms" || time.Since(started) > 2*time.Second {
		t.Errorf("no answer: %+v after %s", pulse, time.Since(started))
	}
}

// What is cut inside is cut for the probe inside, and not for the one outside.
func TestFromBehindTheCut(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	inside, outside := &TCP{Address: p.ip + ":80", From: p.from}, &TCP{Address: p.ip + ":80"}
	if err := p.d.Client.NetworkDisconnect(t.Context(), p.lan, p.client, false); err != nil {
		t.Fatal(err)
	}
	wantPulse(t, "cut off", inside, false, "network is unreachable", "")
	if pulse := look(t, outside, plenty); !pulse.OK {
		t.Errorf("from the host: %+v", pulse)
	}
	if err := p.d.Client.NetworkConnect(t.Context(), p.lan, p.client, &network.EndpointSettings{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is connected again", func() bool { return look(t, inside, plenty).OK })
}

func TestFromProcess(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	cgroup := proc.Match{Cgroup: match.Must("/" + p.client + "$/")}
	if pulse := look(t, &TCP{Address: p.ip + ":80", From: From{Process: cgroup}}, plenty); !pulse.OK {
		t.Errorf("from its process: %+v", pulse)
	}
}

// Who cannot get inside has not looked.
func TestFromNowhere(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	address := p.ip + ":80"
	everybody := docker.Match{Name: match.Must("/^(client|server)-/"), Engine: p.d.Host}
	for _, test := range []struct {
		name string
		from From
		want string
	}{
		{"no such container", From{Container: docker.Match{ID: "0123456789ab", Engine: p.d.Host}}, "no such container"},
		{"several containers", From{Container: everybody}, "different networks: select one"},
		{"no engine", From{Container: docker.Match{ID: p.client, Engine: "unix:///no-such.sock"}}, "cannot reach the Docker engine"},
		{"no such namespace", From{NetNS: "friday-has-no-such"}, "no network namespace called friday-has-no-such"},
		{"no namespace's name", From{NetNS: "../x"}, "no name of a network namespace"},
		{"no such process", From{Process: proc.Match{Name: match.Must("friday-has-no-such")}}, "no process matches"},
	} {
		refuses(t, "tcp from "+test.name, &TCP{Address: address, From: test.from}, test.want)
		refuses(t, "http from "+test.name, newHTTP("http://"+address, func(h *HTTP) { h.From = test.from }), test.want)
	}
	if err := p.d.Client.ContainerKill(t.Context(), p.client, "KILL"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is dead", func() bool { return !p.d.Inspect(t, p.client).State.Running })
	refuses(t, "from a dead container", &TCP{Address: address, From: p.from}, "no container runs of 1")
	for what, sited := range map[string]verify.Sited{"tcp": &TCP{Address: "127.0.0.1:80", From: p.from}, "http": newHTTP("http://127.0.0.1/", func(h *HTTP) { h.From = p.from })} {
		if sites, err := sited.Sites(t.Context()); err == nil {
			t.Errorf("%s: lives at %+v, want an error: it is another's loopback", what, sites)
		}
	}
}

// Stopped from outside, the look ends at once and says nothing.
func TestFromIsCutOff(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	started := time.Now()
	pulse, err := (&TCP{Address: p.silent(), From: p.from}).Check(ctx)
	if !errors.Is(err, context.Canceled) || time.Since(started) > 2*time.Second {
		t.Errorf("got %+v, %v after %s", pulse, err, time.Since(started))
	}
}

// Looks leave neither threads in strange places nor open files behind.
func TestFromLeavesNothingOpen(t *testing.T) {
	p := newPair(t)
	before := len(sockets(t))
	for range 50 {
		look(t, &TCP{Address: p.ip + ":80", From: p.from}, plenty)
		look(t, &TCP{Address: p.ip + ":81", From: p.from}, plenty)
		look(t, &TCP{Address: "shop:81", From: p.from}, plenty)
	}
	eventually(t, "all is closed", func() bool { return len(sockets(t)) <= before+5 }) // the engine's own take their time
	h, err := netns.Self()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	tasks, err := filepath.Glob("/proc/self/task/*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "no thread is elsewhere", func() bool {
		return !slices.ContainsFunc(tasks, func(path string) bool {
			var stat unix.Stat_t
			return unix.Stat(path, &stat) == nil && stat.Ino != h.ID.Inode
		})
	})
}

// sockets are the open ones of this process.
func sockets(t *testing.T) (found []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && (strings.HasPrefix(to, "socket:") || strings.HasPrefix(to, "net:")) {
			found = append(found, e.Name()+" "+to)
		}
	}
	return found
}

func TestDialInsideRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "192.0.2.1", "192.0.2.1:http"} {
		if conn, err := dialInside(t.Context(), nil, "tcp", address); err == nil {
			t.Errorf("%q: connected to %v", address, conn.RemoteAddr())
		}
	}
	if family, _ := sockaddr(netip.MustParseAddrPort("[::ffff:192.0.2.1]:80")); family != unix.AF_INET {
		t.Errorf("an IPv4 address in IPv6 notation: family %d", family)
	}
}

func TestFromValidates(t *testing.T) {
	t.Parallel()
	web := docker.Match{Name: match.Must("web")}
	for _, test := range []struct {
		address string
		from    From
		want    []string // fields with faults
	}{
		{"192.0.2.1:80", From{}, nil},
		{"db:80", From{}, nil},
		{"192.0.2.1:80", From{NetNS: "a"}, nil},
		{"[2001:db8::1]:80", From{Process: proc.Match{Port: 80}}, nil},
		{"db:80", From{Container: web}, nil},
		{"db:80", From{NetNS: "a"}, []string{"from"}},
		{"192.0.2.1:80", From{NetNS: "a", Container: web}, []string{"from"}},
		{"192.0.2.1:80", From{Container: docker.Match{Engine: "unix:///x"}}, []string{"from.container"}},
		{"192.0.2.1:80", From{Process: proc.Match{Port: 70000}}, []string{"from.process.port"}},
		{"nonsense", From{NetNS: "a", Process: proc.Match{Port: -1}}, []string{"address", "from", "from.process.port"}},
	} {
		faults := (&TCP{Address: test.address, From: test.from}).Validate()
		if got := fields(faults); !slices.Equal(got, test.want) {
			t.Errorf("tcp to %s from %+v: faults in %q, want %q", test.address, test.from, got, test.want)
		}
		if test.want != nil && test.want[0] == "address" {
			continue
		}
		faults = newHTTP("http://"+test.address+"/", func(h *HTTP) { h.From = test.from }).Validate()
		if got := fields(faults); !slices.Equal(got, test.want) {
			t.Errorf("http to %s from %+v: faults in %q, want %q", test.address, test.from, got, test.want)
		}
	}
}

func fields(faults []diag.FieldError) (all []string) {
	for _, f := range faults {
		all = append(all, f.Field)
	}
	return all
}

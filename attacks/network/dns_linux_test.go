package network

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/netns"
)

// query is a DNS query for the address of a, small enough to be told from anything else.
var query = []byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1}

// asksName sends a query to a name server, without waiting long for the answer.
func asksName(h *netns.Handle, network string, server netip.AddrPort) error {
	var c net.Conn
	if err := h.Do(func() (err error) {
		c, err = net.DialTimeout(network, server.String(), wait)
		return err
	}); err != nil {
		return err
	}
	defer c.Close()
	packet := query
	if network == "tcp" {
		packet = append([]byte{0, byte(len(query))}, query...)
	}
	if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if _, err := c.Write(packet); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 512))
	return err
}

func TestDNSIsCutOnLoopbackToo(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	servers := []netip.Addr{b.ip4, b.ip6, netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}
	for _, s := range []*station{a, b} {
		for _, port := range []int{53, 853} {
			s.serve(t, "tcp", port)
			s.echo(t, port)
		}
	}
	for _, c := range []struct {
		answer   Answer
		ciphered bool
	}{{"drop", false}, {"refuse", true}} {
		d := &DNS{Targets: Targets{In: a.in()}, Answer: c.answer, Ciphered: c.ciphered}
		changes := strike(t, d, 1)
		for _, server := range servers {
			for _, network := range []string{"tcp", "udp"} {
				err := asksName(a.ns, network, netip.AddrPortFrom(server, 53))
				refused := errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.EPERM) // EPERM: UDP is refused before it is sent
				if err == nil || network == "tcp" && refused != (c.answer == "refuse") || c.answer == "refuse" && !refused {
					t.Errorf("%s: %s %s: got %v", c.answer, network, server, err)
				}
				if err := asksName(a.ns, network, netip.AddrPortFrom(server, 853)); (err == nil) == c.ciphered {
					t.Errorf("%s: %s %s, port 853: got %v", c.answer, network, server, err)
				}
				if err := asksName(a.ns, network, netip.AddrPortFrom(server, 7000)); err != nil {
					t.Errorf("%s: %s %s, another port: got %v", c.answer, network, server, err)
				}
			}
		}
		if e, err := d.Measure(t.Context(), changes[0]); err != nil || e.Hits < uint64(len(servers)) {
			t.Errorf("got %+v, %v", e, err)
		}
		mend(t, d, changes...)
		for _, server := range servers {
			if err := asksName(a.ns, "udp", netip.AddrPortFrom(server, 53)); err != nil {
				t.Errorf("afterwards: %s: %v", server, err)
			}
		}
	}
}

// lookUp asks the resolver that Docker puts into every container of a network that somebody made.
func lookUp(t *testing.T, pid int, name string) error {
	t.Helper()
	h, err := netns.OfProcess(pid)
	must(t, err)
	defer h.Close()
	r := &net.Resolver{PreferGo: true, Dial: func(_ context.Context, network, _ string) (c net.Conn, err error) {
		err = h.Do(func() error {
			c, err = net.DialTimeout(network, "127.0.0.11:53", wait)
			return err
		})
		return c, err
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = r.LookupNetIP(ctx, "ip4", name)
	return err
}

func TestDNSOfAContainer(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	net := d.Network(t, "dns", "")
	web := d.Run(t, dockertest.Options{Name: "web", Network: net})
	d.Run(t, dockertest.Options{Name: "db", Network: net, Aliases: []string{"database"}})
	pid := d.ContainerPID(t, web)
	must(t, lookUp(t, pid, "database"))
	for _, answer := range []Answer{"drop", "refuse"} {
		a := &DNS{Targets: Targets{In: Where{Container: docker.Match{ID: web}}}, Answer: answer}
		changes := strike(t, a, 1)
		if err := lookUp(t, pid, "database"); err == nil {
			t.Errorf("%s: the name is still found", answer)
		}
		if e, err := a.Measure(t.Context(), changes[0]); err != nil || e.Hits == 0 {
			t.Errorf("%s: got %+v, %v", answer, e, err)
		}
		mend(t, a, changes...)
		must(t, lookUp(t, pid, "database"))
	}
}

// TestARestartedContainerIsAnother: it comes back in a namespace of its own, which nobody has planned for.
func TestARestartedContainerIsAnother(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	net := d.Network(t, "cut", "")
	web := d.Run(t, dockertest.Options{Name: "web", Network: net})
	db, other := d.Run(t, dockertest.Options{Name: "db", Network: net}), d.Run(t, dockertest.Options{Name: "other", Network: net})
	for _, id := range []string{db, other} {
		h, err := netns.OfProcess(d.ContainerPID(t, id))
		must(t, err)
		(&station{ns: h}).serve(t, "tcp", 7000)
		must(t, h.Close())
	}
	answers := func(server string) bool {
		t.Helper()
		h, err := netns.OfProcess(d.ContainerPID(t, web))
		must(t, err)
		defer h.Close()
		return (&station{ns: h}).reaches(netip.MustParseAddr(d.IP(t, server)), 7000)
	}
	if !answers(db) || !answers(other) {
		t.Fatal("the servers do not answer")
	}
	p := &Partition{In: Where{Container: docker.Match{ID: web}}, Filter: Filter{Containers: docker.Match{ID: db}}}
	changes := strike(t, p, 1)
	if !isActive(t, p, changes[0]) || answers(db) || !answers(other) {
		t.Errorf("%s: active %v, reaches its peer %v, another %v", changes[0].Target, isActive(t, p, changes[0]), answers(db), answers(other))
	}
	engine, err := docker.Open(docker.Endpoint{Host: d.Host})
	must(t, err)
	timeout := 0
	must(t, engine.Restart(t.Context(), web, "", &timeout), engine.Close())
	if isActive(t, p, changes[0]) {
		t.Error("the fault is in force in a namespace that is gone")
	}
	if err := p.Renew(t.Context(), changes[0]); !errors.Is(err, netns.ErrGone) {
		t.Errorf("renew: got %v, want ErrGone", err)
	}
	mend(t, p, changes...)
	attacktest.Eventually(t, "the restarted container reaches its peer", func() bool { return answers(db) })
	if err := p.Inject(t.Context(), changes[0]); !errors.Is(err, netns.ErrGone) {
		t.Errorf("inject: got %v, want ErrGone", err)
	}
	if !answers(db) {
		t.Error("the new namespace was hit")
	}
}

func TestContainersWithoutANetworkOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	net := d.Network(t, "cut", "")
	web := d.Run(t, dockertest.Options{Name: "web", Network: net})
	side := d.Run(t, dockertest.Options{Name: "side", NetworkMode: "container:" + web})
	host := d.Run(t, dockertest.Options{Name: "host", NetworkMode: "host"})
	in := Where{Container: docker.Match{ID: web}}
	for _, c := range []struct {
		p    *Partition
		want string
	}{
		{&Partition{In: in, Filter: Filter{Containers: docker.Match{ID: side}}}, "no address of its own"},
		{&Partition{In: in, Filter: Filter{Containers: docker.Match{ID: host}}}, "no address of its own"},
		{&Partition{In: Where{Container: docker.Match{ID: host}}, Filter: Filter{Peers: []string{"10.0.0.5"}}}, "network of the host itself"},
		{&Partition{Groups: []Where{in, {Container: docker.Match{ID: side}}}}, "same network namespace"},
		{&Partition{In: in, Filter: Filter{Containers: docker.Match{ID: "0123456789ab"}}}, attacks.ErrNoTarget.Error()},
	} {
		if changes, err := c.p.Plan(t.Context()); err == nil || len(changes) > 0 || !contains(err, c.want) {
			t.Errorf("got %d changes, %v, want %q", len(changes), err, c.want)
		}
	}
}

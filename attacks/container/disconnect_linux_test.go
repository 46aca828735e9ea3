package container

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
)

// subnets of the tests. Each network needs one of its own, and they run at the same time.
const (
	chosenNet  = "10.214.1.0/24"
	secondNet  = "10.214.2.0/24"
	routedNet  = "10.214.3.0/24"
	sixNet     = "10.214.4.0/24"
	sixNet6    = "fd00:f41d:a4::/64"
	lowerNet   = "10.214.5.0/24"
	takenNet   = "10.214.6.0/24"
	againNet   = "10.214.7.0/24"
	stoppedNet = "10.214.8.0/24"
	macNet     = "10.214.9.0/24"
	handNet    = "10.214.11.0/24"
)

// netOf makes a network with options of its own; it goes with the test.
func netOf(t *testing.T, d *dockertest.Daemon, o network.CreateOptions, subnets ...string) (id, name string) {
	t.Helper()
	o.IPAM = &network.IPAM{}
	for _, s := range subnets {
		o.IPAM.Config = append(o.IPAM.Config, network.IPAMConfig{Subnet: s})
	}
	name = "own-" + dockertest.Tag()
	made, err := d.Client.NetworkCreate(t.Context(), name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Client.NetworkRemove(context.Background(), made.ID); err != nil {
			t.Error(err)
		}
	})
	return made.ID, name
}

// join puts a container on a further network.
func join(t *testing.T, d *dockertest.Daemon, net, id string, s *network.EndpointSettings) {
	t.Helper()
	if err := d.Client.NetworkConnect(t.Context(), net, id, s); err != nil {
		t.Fatal(err)
	}
}

func at(ip string) *network.EndpointSettings {
	return &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: ip}, Aliases: []string{"also"}}
}

// routes are those inside, without which the right address is of no use. The engine counts interfaces on: what was eth0
// comes back as eth1.
func routes(t *testing.T, d *dockertest.Daemon, id string) string {
	t.Helper()
	four, _ := d.Exec(t, id, "ip", "route")
	six, _ := d.Exec(t, id, "ip", "-6", "route")
	return regexp.MustCompile(`eth[0-9]+`).ReplaceAllString(four+six, "ethN")
}

func TestConnectedAsItWas(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, make := range map[string]func(t *testing.T) string{
		"a network of which the engine chose the addresses": func(t *testing.T) string {
			return d.Run(t, dockertest.Options{Network: d.Network(t, "", ""), Aliases: []string{"one", "two"}})
		},
		"an address that somebody chose": func(t *testing.T) string {
			return d.Run(t, dockertest.Options{Network: d.Network(t, "", chosenNet), IP: "10.214.1.77", Aliases: []string{"db"}})
		},
		"two networks": func(t *testing.T) string {
			id := d.Run(t, dockertest.Options{Network: d.Network(t, "first", "")})
			join(t, d, d.Network(t, "another", secondNet), id, at("10.214.2.9"))
			return id
		},
		"two networks that lead outside": func(t *testing.T) string {
			first, _ := netOf(t, d, network.CreateOptions{}, routedNet)
			second, _ := netOf(t, d, network.CreateOptions{})
			id := d.Run(t, dockertest.Options{Network: first})
			join(t, d, second, id, &network.EndpointSettings{})
			return id
		},
		"IPv6": func(t *testing.T) string {
			six := true
			net, _ := netOf(t, d, network.CreateOptions{EnableIPv6: &six, Internal: true}, sixNet, sixNet6)
			id := d.Run(t, dockertest.Options{Network: net})
			if err := d.Client.NetworkDisconnect(t.Context(), net, id, false); err != nil {
				t.Fatal(err)
			}
			join(t, d, net, id, &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{IPv6Address: "fd00:f41d:a4::99"}})
			return id
		},
		"a hardware address, a host name, options and a link": func(t *testing.T) string {
			net := d.Network(t, "", macNet)
			other := d.Run(t, dockertest.Options{Network: net})
			config := &container.Config{Image: d.Image(t), Hostname: "named"}
			config.MacAddress = "02:42:de:ad:be:ef" //lint:ignore SA1019 engines of this age take it nowhere else
			made, err := d.Client.ContainerCreate(t.Context(), config,
				&container.HostConfig{NetworkMode: container.NetworkMode(net)},
				&network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{net: {
					Aliases: []string{"x"}, DriverOpts: map[string]string{"com.example.option": "1"}, Links: []string{d.Name(t, other) + ":backend"},
				}}}, nil, "mac-"+dockertest.Tag())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { d.Remove(t, made.ID) })
			return after(t, made.ID, d.Client.ContainerStart(t.Context(), made.ID, container.StartOptions{}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := make(t)
			a := &Disconnect{Targets: Targets{Match: only(d, id)}, Network: match.Must("/./")}
			before, ways := digest(t, d, id, endpoint), routes(t, d, id)
			c := injected(t, a)
			wantActive(t, DisconnectKind, c, true)
			if off := d.Inspect(t, id).NetworkSettings.Networks; len(off) > 0 {
				t.Errorf("it still is on %v", off)
			}
			reverted(t, DisconnectKind, c)
			same(t, "the container", digest(t, d, id, endpoint), before)
			if now := routes(t, d, id); now != ways {
				t.Errorf("got the routes\n%s, was\n%s", now, ways)
			}
			once := digest(t, d, id, nothing)
			reverted(t, DisconnectKind, c)
			same(t, "after another revert", digest(t, d, id, nothing), once)
		})
	}
}

func TestNobodyReachesWhatIsDisconnected(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	net := d.Network(t, "", "")
	a := d.Run(t, dockertest.Options{Network: net})
	b := d.Run(t, dockertest.Options{Network: net, Aliases: []string{"bee"}})
	ip := d.IP(t, b)
	reach := func(host string) func() bool {
		return func() bool { _, code := d.Exec(t, a, "ping", "-c1", "-W1", host); return code == 0 }
	}
	eventually(t, "it is reached by its alias", reach("bee"))
	c := injected(t, &Disconnect{Targets: Targets{Match: only(d, b)}})
	if reach(ip)() {
		t.Error("it is still reached")
	}
	where, err := DisconnectKind.New().(attacks.Sited).Sites(t.Context(), c)
	if err != nil || len(where) != 1 || where[0].NetNS == 0 || where[0].Host == "" || where[0].Process.PID != 0 || where[0].Container != "" {
		t.Errorf("got %+v, %v, want a network and nothing that dies", where, err)
	}
	reverted(t, DisconnectKind, c)
	eventually(t, "it is reached again", reach(ip))
	eventually(t, "and by its alias", reach("bee"))
	inside := func() string { out, _ := d.Exec(t, b, "ls", "/sys/class/net"); return out }
	if now := inside(); !strings.Contains(now, "eth1") {
		t.Errorf("the interface came back with its number, and the doc comment says otherwise: %s", now)
	}
	if err := d.Client.ContainerRestart(t.Context(), b, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	if now := inside(); !strings.Contains(now, "eth0") {
		t.Errorf("got %s, want eth0 in it", now)
	}
}

// The engine gives the lowest free address, which may have become a lower one.
func TestTheAddressIsTheSame(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	for name, subnet := range map[string]string{"can be chosen": lowerNet, "cannot be chosen": ""} {
		net := d.Network(t, "", subnet)
		lower := d.Run(t, dockertest.Options{Network: net})
		id := d.Run(t, dockertest.Options{Network: net, Aliases: []string{"a"}})
		was := d.IP(t, id)
		c := injected(t, &Disconnect{Targets: Targets{Match: only(d, id)}})
		d.Remove(t, lower)
		reverted(t, DisconnectKind, c)
		if got := d.IP(t, id); got != was && subnet != "" {
			t.Errorf("%s: got %s, was %s", name, got, was)
		}
		before := digest(t, d, id, nothing)
		reverted(t, DisconnectKind, c)
		same(t, name+": after another revert", digest(t, d, id, nothing), before)
	}
}

func TestATakenAddressIsTold(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	net := d.Network(t, "", takenNet)
	id := d.Run(t, dockertest.Options{Network: net, IP: "10.214.6.50"})
	before := digest(t, d, id, endpoint)
	c := injected(t, &Disconnect{Targets: Targets{Match: only(d, id)}})
	thief := d.Run(t, dockertest.Options{Name: "thief", Network: net, IP: "10.214.6.50"})
	err := DisconnectKind.New().Revert(t.Context(), c)
	wantError(t, "revert", err, "10.214.6.50", "is taken by container "+d.Name(t, thief), "friday recover")
	wantActive(t, DisconnectKind, c, true)
	d.Remove(t, thief)
	reverted(t, DisconnectKind, c)
	same(t, "the container", digest(t, d, id, endpoint), before)
}

// An empty network may be removed, and made again under its name.
func TestANetworkThatWasRemovedIsTold(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	o := network.CreateOptions{Internal: true, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: againNet}}}}
	name := "again-" + dockertest.Tag()
	create := func() {
		if _, err := d.Client.NetworkCreate(t.Context(), name, o); err != nil {
			t.Fatal(err)
		}
	}
	create()
	t.Cleanup(func() {
		if err := d.Client.NetworkRemove(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	id := d.Run(t, dockertest.Options{Network: name, IP: "10.214.7.50", Aliases: []string{"a"}})
	c := injected(t, &Disconnect{Targets: Targets{Match: only(d, id)}})
	if err := d.Client.NetworkRemove(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	wantError(t, "revert", DisconnectKind.New().Revert(t.Context(), c), "was removed", "docker network create "+name, "friday recover")
	create()
	reverted(t, DisconnectKind, c)
	if d.IP(t, id) != "10.214.7.50" {
		t.Errorf("got %s", d.IP(t, id))
	}
	d.Remove(t, id)
}

func TestWhatHappensToItMeanwhile(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	ctx := t.Context()
	for name, test := range map[string]struct {
		subnet, ip string
		do         func(id, net string) error
		active     bool
	}{
		"it is restarted": {stoppedNet, "10.214.8.8", func(id, _ string) error { return d.Client.ContainerRestart(ctx, id, container.StopOptions{}) }, true},
		"it is stopped":   {"10.214.12.0/24", "10.214.12.8", func(id, _ string) error { return d.Client.ContainerStop(ctx, id, container.StopOptions{}) }, true},
		"somebody connects it, and not as it was": {handNet, "10.214.11.8", func(id, net string) error { return d.Client.NetworkConnect(ctx, net, id, nil) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := d.Network(t, "", test.subnet)
			id := d.Run(t, quick(dockertest.Options{Network: net, IP: test.ip, Aliases: []string{"a", "b"}}))
			before := digest(t, d, id, run)
			c := injected(t, &Disconnect{Targets: Targets{Match: only(d, id)}})
			if err := test.do(id, net); err != nil {
				t.Fatal(err)
			}
			wantActive(t, DisconnectKind, c, test.active)
			reverted(t, DisconnectKind, c)
			if !runs(t, d, id) {
				if err := d.Client.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			same(t, "the container", digest(t, d, id, run), before)
		})
	}
}

// Half a fault is no fault, and is undone.
func TestHalfDisconnected(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{Network: d.Network(t, "one", "")})
	join(t, d, d.Network(t, "two", ""), id, &network.EndpointSettings{})
	before := digest(t, d, id, endpoint)
	a := &Disconnect{Targets: Targets{Match: only(d, id)}, Network: match.Must("/./")}
	c := planned(t, a)
	halved := forge(t, c, func(u *undo) { u.Networks[1].Network = strings.Repeat("0", len(u.Networks[1].Network)) })
	wantError(t, "inject", a.Inject(t.Context(), halved), "cannot disconnect")
	if left := d.Inspect(t, id).NetworkSettings.Networks; len(left) != 1 {
		t.Fatalf("it is on %d networks: this test proves nothing", len(left))
	}
	wantActive(t, DisconnectKind, c, true)
	reverted(t, DisconnectKind, c)
	same(t, "the container", digest(t, d, id, endpoint), before)
}

func TestWhichNetwork(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	one, two := d.Network(t, "one", ""), d.Network(t, "two", "")
	id := d.Run(t, dockertest.Options{Network: one})
	join(t, d, two, id, &network.EndpointSettings{})
	plan := func(p match.Pattern) ([]attacks.Change, error) {
		return (&Disconnect{Targets: Targets{Match: only(d, id)}, Network: p}).Plan(t.Context())
	}
	_, err := plan(match.Pattern{})
	wantError(t, "no network said", err, "say which with network", "one-", "two-")
	_, err = plan(match.Must("three"))
	wantError(t, "another network", err, "it is on no network three", "one-")
	changes, err := plan(match.Must("/^two-/"))
	if err != nil || len(changes) != 1 {
		t.Fatal(changes, err)
	}
	u, err := attacks.ReadUndo[undo](changes[0])
	if err != nil || len(u.Networks) != 1 || u.Networks[0].Network != two {
		t.Errorf("got %+v, %v, want %s alone", u.Networks, err, two)
	}
}

func TestADisconnectThatWasCutShortIsUndone(t *testing.T) {
	t.Parallel()
	d := dockertest.Start(t)
	id := d.Run(t, dockertest.Options{Network: d.Network(t, "", ""), Aliases: []string{"a"}})
	before := digest(t, d, id, endpoint)
	for range 5 {
		a := &Disconnect{Targets: Targets{Match: only(d, id)}}
		c := planned(t, a)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = a.Inject(ctx, c) // made, cut short or not made at all
		}()
		cancel()
		<-done
		reverted(t, DisconnectKind, c)
		same(t, "the container", digest(t, d, id, endpoint), before)
	}
}

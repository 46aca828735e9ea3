package dockertest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
)

// lifetime bounds in seconds how long a container runs on by itself.
const lifetime = "600"

// Options say what container to run. The zero value sleeps, without a network.
type Options struct {
	Name        string // a tag is appended; Name(t, id) tells the whole
	Image       string // by default that of Daemon.Image
	Cmd         []string
	Labels      map[string]string
	Network     string // id that Daemon.Network returned
	IP          string // in that network
	Aliases     []string
	NetworkMode string // host, none or container:ID, instead of a network
	Restart     string // no, always, unless-stopped, on-failure
	AutoRemove  bool
	Health      []string // command of the health check, every 200 ms; one failure is enough
	StopSignal  string
	StopTimeout int // seconds; 0 means 1
	CapAdd      []string
}

// Run starts a container and returns its id. It is removed at the end of the test.
func (d *Daemon) Run(t testing.TB, o Options) string {
	t.Helper()
	id := d.Create(t, o)
	if err := d.Client.ContainerStart(t.Context(), id, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	return id
}

// Create is Run without the start.
func (d *Daemon) Create(t testing.TB, o Options) string {
	t.Helper()
	if o.Image == "" {
		o.Image = d.Image(t)
	}
	config, host, nets := o.split()
	made, err := d.Client.ContainerCreate(t.Context(), config, host, nets, nil, cmp.Or(o.Name, "ff")+"-"+Tag())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Remove(t, made.ID) })
	return made.ID
}

// split sorts the options into the three drawers of the API.
func (o Options) split() (*container.Config, *container.HostConfig, *network.NetworkingConfig) {
	stop := cmp.Or(o.StopTimeout, 1)
	config := &container.Config{Image: o.Image, Cmd: o.Cmd, Labels: o.Labels, StopSignal: o.StopSignal, StopTimeout: &stop}
	if len(o.Health) > 0 {
		config.Healthcheck = &container.HealthConfig{Test: append([]string{"CMD"}, o.Health...), Interval: 200 * time.Millisecond, Timeout: 5 * time.Second, Retries: 1}
	}
	host := &container.HostConfig{
		AutoRemove: o.AutoRemove, CapAdd: o.CapAdd, RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyMode(o.Restart)},
		NetworkMode: container.NetworkMode(cmp.Or(o.NetworkMode, o.Network, "none")),
	}
	if o.Network == "" {
		return config, host, nil
	}
	end := &network.EndpointSettings{NetworkID: o.Network, Aliases: o.Aliases}
	if o.IP != "" {
		end.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: o.IP}
	}
	return config, host, &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{o.Network: end}}
}

// Tag is a short random word for names.
func Tag() string { return strings.ToLower(rand.Text()[:6]) }

// Remove removes a container, whatever its state. One that is gone, or whose engine is, is left.
func (d *Daemon) Remove(t testing.TB, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own has ended when it cleans up
	defer cancel()
	_ = d.Client.ContainerUnpause(ctx, id) // the frozen do not die; most are not
	err := d.Client.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) && !client.IsErrConnectionFailed(err) {
		t.Errorf("cannot remove container %.12s: %v", id, err)
	}
}

// Network makes a network that leads nowhere else, and returns its id. A subnet that is not given is chosen. It is
// removed at the end of the test.
func (d *Daemon) Network(t testing.TB, name, subnet string) string {
	t.Helper()
	o := network.CreateOptions{Driver: "bridge", Internal: true, Options: map[string]string{"com.docker.network.bridge.name": d.slot.bridge() + "-" + Tag()}}
	if subnet != "" {
		if _, err := netip.ParsePrefix(subnet); err != nil {
			t.Fatal(err)
		}
		o.IPAM = &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}}
	}
	made, err := d.Client.NetworkCreate(t.Context(), cmp.Or(name, "net")+"-"+Tag(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := d.removeNetwork(ctx, made.ID); err != nil {
			t.Errorf("cannot remove network %s: %v", name, err)
		}
	})
	return made.ID
}

// Subnet is a subnet for Network that the engine gives to nobody by itself, and that this method gives to nobody else. It
// has 254 addresses, the first of which is the host.
func (d *Daemon) Subnet() netip.Prefix {
	const own = 128 // the engine begins at 0
	b := d.slot.pool().Addr().As4()
	b[2] = byte(own + d.subnets.Add(1)%own)
	return netip.PrefixFrom(netip.AddrFrom4(b), 24)
}

func (d *Daemon) removeNetwork(ctx context.Context, id string) error {
	in, err := d.Client.NetworkInspect(ctx, id, network.InspectOptions{})
	for member := range in.Containers {
		_ = d.Client.NetworkDisconnect(ctx, id, member, true) // tells by the next error if it did not
	}
	if err == nil {
		err = d.Client.NetworkRemove(ctx, id)
	}
	if errdefs.IsNotFound(err) || client.IsErrConnectionFailed(err) {
		return nil // the bridge goes with the engine
	}
	return err
}

// Inspect looks at a container.
func (d *Daemon) Inspect(t testing.TB, id string) container.InspectResponse {
	t.Helper()
	in, err := d.Client.ContainerInspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Name is the whole name of a container.
func (d *Daemon) Name(t testing.TB, id string) string {
	t.Helper()
	return strings.TrimPrefix(d.Inspect(t, id).Name, "/")
}

// ContainerPID is the process id of the main process of a container, on this host; 0 if it does not run.
func (d *Daemon) ContainerPID(t testing.TB, id string) int {
	t.Helper()
	return d.Inspect(t, id).State.Pid
}

// IP is the first address of a container.
func (d *Daemon) IP(t testing.TB, id string) string {
	t.Helper()
	for _, n := range d.Inspect(t, id).NetworkSettings.Networks {
		if n.IPAddress != "" {
			return n.IPAddress
		}
	}
	t.Fatalf("container %.12s has no address", id)
	return ""
}

// Exec runs a command in a container and returns what it wrote, and its exit code.
func (d *Daemon) Exec(t testing.TB, id string, cmd ...string) (string, int) {
	t.Helper()
	out, code, err := d.exec(t.Context(), id, cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out, code
}

func (d *Daemon) exec(ctx context.Context, id string, cmd []string) (string, int, error) {
	made, err := d.Client.ContainerExecCreate(ctx, id, container.ExecOptions{Cmd: cmd, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return "", 0, err
	}
	answer, err := d.Client.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
	if err != nil {
		return "", 0, err
	}
	defer answer.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &out, answer.Reader); err != nil {
		return "", 0, fmt.Errorf("cannot read what %v wrote: %w", cmd, err)
	}
	for { // the end of the output comes a moment before the end of the process
		in, err := d.Client.ContainerExecInspect(ctx, made.ID)
		if err != nil || !in.Running {
			return out.String(), in.ExitCode, err
		}
		time.Sleep(time.Millisecond)
	}
}

package dockertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// patience bounds every wait for something that takes a fraction of a second on a quiet machine.
const patience = 30 * time.Second

// Daemon is a Docker engine of our own. Its methods may be called by several tests at once, those that stop it aside.
type Daemon struct {
	Host   string         // its address: unix:///...
	Client *client.Client // its API, to do what the methods here do not

	subnets atomic.Uint32 // how many Subnet has given away

	slot   *slot
	flags  []string
	keeper *keeper
	reaper *os.File // as long as it is open the reaper waits

	containerd, dockerd *child

	images sync.Mutex
	ready  map[string]bool
}

// begin starts an engine in a free slot.
func begin(flags []string) (d *Daemon, err error) {
	s, err := claim()
	if err != nil {
		return nil, err
	}
	d = &Daemon{Host: "unix://" + s.in("docker.sock"), slot: s, flags: flags, ready: map[string]bool{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.end())
		}
	}()
	if d.Client, err = client.NewClientWithOpts(client.WithHost(d.Host), client.WithAPIVersionNegotiation()); err != nil {
		return d, err
	}
	if shared.main {
		if d.reaper, err = startReaper(s); err != nil {
			return d, err
		}
	}
	if d.keeper, err = newKeeper(); err != nil {
		return d, err
	}
	if err = d.startContainerd(); err != nil {
		return d, err
	}
	return d, d.startDockerd()
}

// startContainerd runs a containerd of our own, for dockerd would take the system's if it finds one.
func (d *Daemon) startContainerd() (err error) {
	config := fmt.Sprintf(`version = 2
root = %q
state = %q
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = %q
`, d.slot.in("containerd"), d.slot.in("run"), d.slot.in("containerd.sock"))
	if err = os.WriteFile(d.slot.in("containerd.toml"), []byte(config), 0o600); err != nil {
		return err
	}
	d.containerd, err = d.start("containerd", "--config", d.slot.in("containerd.toml"), "--log-level", "warn")
	return err
}

func (d *Daemon) startDockerd() (err error) {
	args := append([]string{
		"--host", d.Host, "--data-root", d.slot.in("data"), "--exec-root", d.slot.in("exec"), "--pidfile", d.slot.in("pid"),
		"--containerd", d.slot.in("containerd.sock"), "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", d.slot.cgroup(),
		"--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false", "--userland-proxy=false",
		"--default-address-pool", "base=" + d.slot.pool().String() + ",size=24", "--log-level", "warn",
	}, d.flags...)
	if d.dockerd, err = d.start("dockerd", args...); err != nil {
		return err
	}
	return d.answers()
}

// answers waits until the engine does.
func (d *Daemon) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		_, err := d.Client.Ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("dockerd does not answer: %w\n%s", err, d.log("dockerd"))
		case <-d.dockerd.dead:
			return fmt.Errorf("dockerd ended (%v)\n%s", d.dockerd.state, d.log("dockerd"))
		case <-d.containerd.dead:
			return fmt.Errorf("containerd ended (%v)\n%s", d.containerd.state, d.log("containerd"))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (d *Daemon) log(program string) string {
	data, _ := os.ReadFile(d.slot.in(program + ".log"))
	return strings.TrimSpace(string(data))
}

// Stop ends the engine as an operator does: without LiveRestore its containers are stopped. It returns when it is dead.
func (d *Daemon) Stop(t testing.TB) {
	t.Helper()
	d.finish(t, syscall.SIGTERM)
}

// Kill ends the engine with SIGKILL. Its containers run on.
func (d *Daemon) Kill(t testing.TB) {
	t.Helper()
	d.finish(t, syscall.SIGKILL)
}

func (d *Daemon) finish(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := d.dockerd.end(sig); err != nil {
		t.Fatal(err)
	}
}

// Restart starts the engine again after it was stopped or killed, and waits until it answers. One that runs is stopped
// first.
func (d *Daemon) Restart(t testing.TB) {
	t.Helper()
	if d.dockerd.running() {
		d.Stop(t)
	}
	if err := d.startDockerd(); err != nil {
		t.Fatal(err)
	}
}

// PID is the process id of dockerd.
func (d *Daemon) PID() int { return d.dockerd.pid }

// end kills all that belongs to the engine and removes all that it made.
func (d *Daemon) end() error {
	var all []error
	if d.Client != nil {
		if t, ok := d.Client.HTTPClient().Transport.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
		all = append(all, d.Client.Close())
	}
	all = append(all, d.slot.killAll())
	if d.keeper != nil {
		d.keeper.close() // and with it the last user of the mounts
	}
	all = append(all, d.slot.clean(), d.slot.release())
	if d.reaper != nil {
		all = append(all, d.reaper.Close()) // finds nothing to do
	}
	return errors.Join(all...)
}

// child is a daemon process.
type child struct {
	pid   int
	dead  chan struct{}
	state *os.ProcessState // valid once dead
	cmd   *exec.Cmd
}

// start starts a program inside the keeper's mounts. It dies with this process.
func (d *Daemon) start(program string, args ...string) (*child, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Clean(d.slot.in(program+".log")), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := d.keeper.do(cmd.Start); err != nil {
		return nil, err
	}
	c := &child{pid: cmd.Process.Pid, dead: make(chan struct{}), cmd: cmd}
	go func() {
		_ = cmd.Wait() // how it ended is in the state
		c.state = cmd.ProcessState
		close(c.dead)
	}()
	return c, nil
}

func (c *child) running() bool {
	select {
	case <-c.dead:
		return false
	default:
		return true
	}
}

// end sends a signal and waits.
func (c *child) end(sig syscall.Signal) error {
	if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.dead:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("pid %d still runs after %v", c.pid, sig)
	}
}

package container

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
)

// The benchmarks measure how long it takes from the first injection until the last container is dead or frozen, seen from
// outside: by pidfds, and by the cgroups' own files. The changes are planned before and injected as a run does it. A bare
// client that knows the ids and sends all requests at once takes turns with it, on the same engine. x-bare is the median of
// the ratios, each of two that followed one another.
//
// go test -run '^$' -bench . -benchtime 9x ./attacks/container

func BenchmarkKill(b *testing.B) {
	rival{
		attack: func(m docker.Match) attacks.Attack { return &Kill{Targets: Targets{Match: m}, Signal: "KILL"} },
		bare: func(b *testing.B, d *dockertest.Daemon, id string) error {
			return d.Client.ContainerKill(b.Context(), id, "KILL")
		},
		until: untilDead,
	}.race(b)
}

func BenchmarkStop(b *testing.B) {
	rival{
		attack: func(m docker.Match) attacks.Attack { return &Stop{Targets: Targets{Match: m}} },
		bare: func(b *testing.B, d *dockertest.Daemon, id string) error {
			return d.Client.ContainerStop(b.Context(), id, container.StopOptions{})
		},
		until: untilDead,
	}.race(b)
}

func BenchmarkPause(b *testing.B) {
	rival{
		attack: func(m docker.Match) attacks.Attack { return &Pause{Targets: Targets{Match: m}} },
		bare: func(b *testing.B, d *dockertest.Daemon, id string) error {
			return d.Client.ContainerPause(b.Context(), id)
		},
		until: untilFrozen,
	}.race(b)
}

func BenchmarkCrash(b *testing.B) {
	rival{
		attack: func(m docker.Match) attacks.Attack { return &Crash{Targets: Targets{Match: m}} },
		bare: func(b *testing.B, d *dockertest.Daemon, id string) error {
			return d.Client.ContainerKill(b.Context(), id, "KILL")
		},
		until: untilDead,
	}.race(b)
}

// rival is an attack and the same done with a bare client.
type rival struct {
	attack func(docker.Match) attacks.Attack
	bare   func(*testing.B, *dockertest.Daemon, string) error
	until  func(b *testing.B, pids []int) (wait func())
}

func (r rival) race(b *testing.B) {
	d := dockertest.Start(b)
	for _, n := range []int{1, 10, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFleet(b, d, n)
			var ours, bare []time.Duration
			for first := true; b.Loop(); first = !first {
				if first { // neither always sees the engine as the other left it
					ours = append(ours, f.ours(b, r))
					bare = append(bare, f.bare(b, r))
					continue
				}
				bare = append(bare, f.bare(b, r))
				ours = append(ours, f.ours(b, r))
			}
			ratios := make([]float64, len(ours))
			for i := range ours {
				ratios[i] = ours[i].Seconds() / bare[i].Seconds()
			}
			b.ReportMetric(median(slices.Clone(ours)).Seconds()*1000, "ours-ms")
			b.ReportMetric(median(slices.Clone(bare)).Seconds()*1000, "bare-ms")
			b.ReportMetric(median(ratios), "x-bare")
			b.ReportMetric(0, "ns/op") // the medians say more
		})
	}
}

func median[T cmp.Ordered](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// fleet is a number of containers that all carry one label.
type fleet struct {
	d     *dockertest.Daemon
	ids   []string
	match docker.Match
}

func newFleet(b *testing.B, d *dockertest.Daemon, n int) *fleet {
	b.Helper()
	f := &fleet{d: d, match: labelled(d, "fleet", dockertest.Tag())}
	for range n {
		label, _ := f.match.Labels["fleet"].Exact()
		f.ids = append(f.ids, d.Create(b, quick(dockertest.Options{Labels: map[string]string{"fleet": label}})))
	}
	return f
}

// ready has all containers run, and returns their main processes.
func (f *fleet) ready(b *testing.B) []int {
	b.Helper()
	pids := make([]int, len(f.ids))
	var starts errgroup.Group
	starts.SetLimit(8)
	for i, id := range f.ids {
		starts.Go(func() error {
			for {
				in, err := f.d.Client.ContainerInspect(b.Context(), id)
				switch {
				case err != nil:
				case !in.State.Running:
					err = f.d.Client.ContainerStart(b.Context(), id, container.StartOptions{})
				case !strings.HasPrefix(attacktest.StateOf(in.State.Pid), "running"): // the engine hears of a death late
				case in.State.Paused || isFrozen(freezer(in.State.Pid)): // and of a pause and its end even in turns
					_ = f.d.Client.ContainerUnpause(b.Context(), id)
				default:
					pids[i] = in.State.Pid
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
	}
	if err := starts.Wait(); err != nil {
		b.Fatal(err)
	}
	return pids
}

func (f *fleet) ours(b *testing.B, r rival) time.Duration {
	wait := r.until(b, f.ready(b))
	a := r.attack(f.match)
	changes, err := a.Plan(b.Context())
	if err != nil || len(changes) != len(f.ids) {
		b.Fatal(len(changes), err)
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	begin := time.Now()
	for _, c := range changes {
		group.Go(func() error { return a.Inject(b.Context(), c) })
	}
	wait()
	took := time.Since(begin)
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}

func (f *fleet) bare(b *testing.B, r rival) time.Duration {
	wait := r.until(b, f.ready(b))
	var group sync.WaitGroup
	begin := time.Now()
	for _, id := range f.ids {
		group.Go(func() {
			if err := r.bare(b, f.d, id); err != nil {
				b.Error(err)
			}
		})
	}
	wait()
	took := time.Since(begin)
	group.Wait()
	return took
}

// untilDead waits by pidfds, which are opened before.
func untilDead(b *testing.B, pids []int) func() {
	b.Helper()
	fds := make([]int, len(pids))
	for i, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			b.Fatal(err)
		}
		fds[i] = fd
	}
	return func() {
		for _, fd := range fds {
			for dead := 0; dead == 0; {
				var err error
				if dead, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err != nil && err != unix.EINTR {
					b.Fatal(err)
				}
			}
			_ = unix.Close(fd)
		}
	}
}

// untilFrozen looks into the freezer of each.
func untilFrozen(b *testing.B, pids []int) func() {
	b.Helper()
	files := make([]string, len(pids))
	for i, pid := range pids {
		if files[i] = freezer(pid); files[i] == "" {
			dockertest.LeaveOut(b, "this machine has no freezer that can be looked into")
		}
	}
	return func() {
		for _, file := range files {
			for !isFrozen(file) {
				time.Sleep(100 * time.Microsecond)
			}
		}
	}
}

// isFrozen reads what freezer has found.
func isFrozen(file string) bool {
	state, _ := os.ReadFile(file) // that of a dead one is gone
	return strings.Contains(string(state), "FROZEN") || strings.Contains(string(state), "frozen 1")
}

// freezer is the file that tells whether the cgroup of a process is frozen; "" if there is none.
func freezer(pid int) string {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	for line := range strings.Lines(string(data)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		for _, file := range []string{
			filepath.Join("/sys/fs/cgroup", f[1], f[2], "freezer.state"), filepath.Join("/sys/fs/cgroup", f[2], "cgroup.events"),
		} {
			if _, err := os.Stat(file); err == nil && (f[1] == "freezer" || f[0] == "0") {
				return file
			}
		}
	}
	return ""
}

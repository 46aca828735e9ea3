package process

import (
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/proc"
)

const many = 100

// BenchmarkKill100 measures how long it takes from nothing until the last of a hundred processes is dead: by the attack
// (find, plan and inject), by the attack from the injection on, and by a bare loop that knows the pids. The three take
// turns, so that all see the same machine. The ratios are to the bare loop.
func BenchmarkKill100(b *testing.B) {
	var whole, inject, bare []time.Duration
	for b.Loop() {
		w, i := byAttack(b)
		whole, inject, bare = append(whole, w), append(inject, i), append(bare, byLoop(b))
	}
	ms := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Microseconds()) / 1000
	}
	b.ReportMetric(ms(whole), "whole-ms")
	b.ReportMetric(ms(inject), "inject-ms")
	b.ReportMetric(ms(bare), "bare-ms")
	b.ReportMetric(ms(whole)/ms(bare), "whole/bare")
	b.ReportMetric(ms(inject)/ms(bare), "inject/bare")
	b.ReportMetric(0, "ns/op") // the median says more
}

func byAttack(b *testing.B) (whole, inject time.Duration) {
	v, pids, stop := hundred(b)
	defer stop()
	fds := watch(b, pids)
	a := killer(v, Revive{Supervisor: true})
	begin := time.Now()
	changes := planned(b, a, many)
	mid := time.Now()
	injected(b, a, changes...)
	untilDead(b, fds)
	return time.Since(begin), time.Since(mid)
}

func byLoop(b *testing.B) time.Duration {
	_, pids, stop := hundred(b)
	defer stop()
	fds := watch(b, pids)
	begin := time.Now()
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
	}
	untilDead(b, fds)
	return time.Since(begin)
}

// hundred starts a hundred processes of one name.
func hundred(b *testing.B) (v *attacktest.Victim, pids []int, stop func()) {
	b.Helper()
	v = attacktest.NewVictim(b)
	cmds := make([]*exec.Cmd, many-1)
	pids = []int{v.PID}
	for i := range cmds {
		cmds[i] = exec.Command(v.Command[0], v.Command[1:]...)
		if err := cmds[i].Start(); err != nil {
			b.Fatal(err)
		}
		pids = append(pids, cmds[i].Process.Pid)
	}
	return v, pids, func() {
		for _, cmd := range cmds {
			_ = cmd.Wait() // killed, of course
		}
	}
}

// watch opens a pidfd of each process.
func watch(b *testing.B, pids []int) []unix.PollFd {
	b.Helper()
	fds := make([]unix.PollFd, len(pids))
	for i, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			b.Fatal(err)
		}
		fds[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	}
	return fds
}

// untilDead returns once all are dead, and closes the pidfds.
func untilDead(b *testing.B, fds []unix.PollFd) {
	b.Helper()
	for _, fd := range fds {
		for dead := 0; dead == 0; {
			var err error
			if dead, err = unix.Poll([]unix.PollFd{fd}, -1); err != nil && err != unix.EINTR {
				b.Fatal(err)
			}
		}
		_ = unix.Close(int(fd.Fd))
	}
}

// BenchmarkFind measures one look at all processes for each way to select.
func BenchmarkFind(b *testing.B) {
	v := attacktest.NewVictim(b)
	for name, m := range map[string]proc.Match{"name": v.Match(), "command": {Command: v.Match().Name}, "port": {Port: 1}, "user": {Name: v.Match().Name, User: "0"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := proc.Find(m); err != nil {
					b.Fatal(fmt.Errorf("%s: %w", name, err))
				}
			}
		})
	}
}

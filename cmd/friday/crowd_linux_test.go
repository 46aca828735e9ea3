package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/attacks/process"
	"github.com/failurefriday/friday/internal/match"
)

// crowd is how many processes one attack ends in BenchmarkKillCrowd.
const crowd = 100

// BenchmarkKillCrowd compares plan, journal and injection of one attack on a hundred processes, until the last one is
// dead, with a bare loop of the same kills in the same run. The journal costs one sync for all of them.
func BenchmarkKillCrowd(b *testing.B) {
	l := newLab(b)
	l.victim("crowd-a")
	var ours, bare time.Duration
	for i := range b.N {
		pids, bury := l.crowd("crowd-a")
		began := time.Now()
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				b.Fatal(err)
			}
		}
		untilDead(b, pids)
		bare += time.Since(began)
		bury()
		pids, bury = l.crowd("crowd-a")
		ours += l.killPlanned(fmt.Sprintf("run-%d", i), "crowd-a", pids)
		bury()
	}
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
	b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "ms/crowd")
}

// crowd starts many processes of one name. bury collects the dead.
func (l *lab) crowd(name string) (pids []int, bury func()) {
	l.t.Helper()
	all := make([]*exec.Cmd, crowd)
	for i := range all {
		all[i] = exec.Command(filepath.Join(l.dir, l.real(name)), "1000")
		if err := all[i].Start(); err != nil {
			l.t.Fatal(err)
		}
		pids = append(pids, all[i].Process.Pid)
	}
	bury = func() {
		for _, cmd := range all {
			_ = cmd.Process.Kill() // dead already, unless the benchmark failed
			_ = cmd.Wait()
		}
	}
	l.t.Cleanup(bury)
	return pids, bury
}

// killPlanned ends a crowd as a run does: plan, write every undo down, inject.
func (l *lab) killPlanned(run, name string, pids []int) time.Duration {
	l.t.Helper()
	j, err := journal.Create(l.state(), run)
	if err != nil {
		l.t.Fatal(err)
	}
	began := time.Now()
	attack := &process.Kill{Signal: process.Signal(syscall.SIGKILL), Again: true}
	attack.Match.Name = match.Must(l.real(name))
	changes, err := attack.Plan(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	entries := make([]journal.Entry, len(changes))
	for i, c := range changes {
		entries[i] = journal.Entry{ID: fmt.Sprint(i), Change: c, Deadline: began.Add(time.Hour)}
	}
	if err := j.Intend(entries...); err != nil {
		l.t.Fatal(err)
	}
	for _, c := range changes {
		if err := attack.Inject(l.t.Context(), c); err != nil {
			l.t.Fatal(err)
		}
	}
	untilDead(l.t, pids)
	return time.Since(began)
}

// untilDead waits until the last one is dead.
func untilDead(tb testing.TB, pids []int) {
	tb.Helper()
	for limit := time.Now().Add(patience); ; {
		if !slices.ContainsFunc(pids, func(pid int) bool { return stateOf(pid) != "dead" }) {
			return
		}
		if time.Now().After(limit) {
			tb.Fatal("some are still alive")
		}
	}
}

package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test program plays every part itself: it starts itself again as a runner, as its guard, or as friday recover.
func TestMain(m *testing.M) {
	parts := map[string]func([]string) error{"runner": playRunner, "guard": playGuard, "settle": playSettle, "hold": playHold}
	if len(os.Args) > 2 && parts[os.Args[1]] != nil {
		if err := parts[os.Args[1]](os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// playGuard is told: state, stubbornness, "--run", run.
func playGuard(args []string) error {
	stubborn, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	err = RunGuard(context.Background(), GuardOptions{
		State: args[0], Run: args[3], Lookup: lookup, In: os.Stdin, Out: os.Stdout, Log: os.Stderr,
		Patience: 100 * time.Millisecond, Stubborn: stubborn,
	})
	fmt.Fprintf(os.Stderr, "the guard ends: %v\n", err)
	return err
}

// playSettle is friday recover: it is told the state directory.
func playSettle(args []string) error {
	lock, err := AcquireToSettle(args[0], "recover")
	if err != nil {
		return err
	}
	_, err = Settle(context.Background(), SettleOptions{State: args[0], Lookup: lookup})
	return errors.Join(err, lock.Release())
}

// playHold settles until its input ends.
func playHold(args []string) error {
	lock, err := AcquireToSettle(args[0], args[1])
	if err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, lock.Release())
}

// play is what a runner does.
type play struct {
	state, run, dir string
	stop            string        // the point at which it waits to be killed
	changes         int           // per round
	rounds          int           // 0: until it is killed or halted
	deadline        time.Duration // of every fault
	stubborn        string        // of its guard
	undo            faultUndo     // what all its faults have in common
}

func (p play) args() []string {
	undo := p.undo.change()
	return []string{
		"runner", p.state, p.run, p.dir, p.stop, strconv.Itoa(p.changes), strconv.Itoa(p.rounds), p.deadline.String(), p.stubborn, string(undo.Undo),
	}
}

// playRunner breaks and mends files as a run does, and says where it is: "guard PID", "intended", "injected", …
func playRunner(args []string) (err error) {
	p := play{state: args[0], run: args[1], dir: args[2], stop: args[3], stubborn: args[7]}
	p.changes, _ = strconv.Atoi(args[4])
	p.rounds, _ = strconv.Atoi(args[5])
	p.deadline, _ = time.ParseDuration(args[6])
	if p.undo, err = undoOf(changeOf(args[8])); err != nil {
		return err
	}
	halted := make(chan os.Signal, 1)
	signal.Notify(halted, HaltSignal)
	began := time.Now()
	lock, err := Acquire(p.state, p.run)
	if err != nil {
		return err
	}
	p.reach("locked")
	j, err := Create(p.state, p.run)
	if err != nil {
		return err
	}
	p.reach("created")
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	guard, err := StartGuard(GuardStart{State: p.state, Run: p.run, Command: []string{exe, "guard", p.state, p.stubborn}})
	if err != nil {
		return err
	}
	fmt.Println("guard", guard.PID())
	p.reach("armed")
	if err := p.special(guard); err != nil {
		return err
	}
	for n := 0; (p.rounds == 0 || n < p.rounds) && len(halted) == 0; n++ {
		if err := p.round(j, n, halted); err != nil {
			return err
		}
	}
	select {
	case <-halted:
		reason, _ := HaltReason(p.state, began)
		fmt.Println("halted", reason)
	default:
	}
	return errors.Join(j.Close(), guard.Release(), lock.Release())
}

// special are the odd things a runner may do once it is guarded.
func (p play) special(guard *Guard) error {
	switch p.stop {
	case "with a child":
		child := exec.Command("sleep", "300")
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println("child", child.Process.Pid)
	case "without a pipe":
		return guard.pipe.Close()
	case "unguarded":
		<-guard.Done()
		fmt.Println("unguarded")
	}
	return nil
}

// round breaks and mends once. A halted runner mends at once and breaks no more.
func (p play) round(j *Journal, n int, halted chan os.Signal) error {
	var entries []Entry
	for i := range p.changes {
		u := p.undo
		u.Path = filepath.Join(p.dir, fmt.Sprintf("%s-%d-%d", p.run, n, i))
		entries = append(entries, Entry{ID: fmt.Sprintf("%d.%d", n, i), Change: u.change(), Deadline: time.Now().Add(p.deadline)})
	}
	if err := j.Intend(entries...); err != nil {
		return err
	}
	p.reach("intended")
	for _, e := range entries {
		err := fault{}.Inject(context.Background(), e.Change)
		p.reach("half")
		if err := errors.Join(err, j.Injected(e.ID, err)); err != nil {
			return err
		}
	}
	p.reach("injected")
	select {
	case s := <-halted:
		halted <- s
	case <-time.After(2 * time.Millisecond):
	}
	for _, e := range entries {
		if err := (fault{}).Revert(context.Background(), e.Change); err != nil {
			return err
		}
		p.reach("reverted")
		if err := j.Reverted(e.ID, nil); err != nil {
			return err
		}
		p.reach("settled")
	}
	return nil
}

// reach says that the runner has come to a point. If it is the one to be killed at, it goes no further.
func (p play) reach(point string) {
	fmt.Println(point)
	if p.stop == point || point == "injected" && strings.HasPrefix(p.stop, "with") {
		for {
			time.Sleep(time.Hour)
		}
	}
}

// actor is a runner that has been started.
type actor struct {
	*exec.Cmd
	t     testing.TB
	lines chan string
	said  []string
}

func (p play) start(t testing.TB) *actor {
	t.Helper()
	if p.stubborn == "" {
		p.stubborn = "1m"
	}
	if p.deadline == 0 {
		p.deadline = time.Hour
	}
	return startPart(t, p.args()...)
}

func startPart(t testing.TB, args ...string) *actor { return startPartWith(t, nil, args...) }

func startPartWith(t testing.TB, in *os.File, args ...string) *actor {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // the race detector waits a second by default
	cmd.Stderr = os.Stderr
	if in != nil {
		cmd.Stdin = in
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a := &actor{Cmd: cmd, t: t, lines: make(chan string, 1<<16)}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			a.lines <- s.Text()
		}
		close(a.lines)
	}()
	t.Cleanup(a.kill)
	return a
}

// await waits until the runner says a line that begins with point, and returns the rest.
func (a *actor) await(point string) string {
	a.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case line, ok := <-a.lines:
			if !ok {
				a.t.Fatalf("it ended before it was %s, after %q", point, a.said)
			}
			a.said = append(a.said[max(0, len(a.said)-10):], line)
			if rest, ok := strings.CutPrefix(line, point); ok {
				return strings.TrimSpace(rest)
			}
		case <-limit:
			a.t.Fatalf("it never was %s; it said %q", point, a.said)
		}
	}
}

func (a *actor) pid(what string) int {
	a.t.Helper()
	pid, err := strconv.Atoi(a.await(what))
	if err != nil {
		a.t.Fatal(err)
	}
	return pid
}

// kill ends the runner without a chance to tidy up. It may be called twice.
func (a *actor) kill() {
	_ = a.Process.Signal(syscall.SIGKILL) // it may be gone
	_ = a.Wait()
}

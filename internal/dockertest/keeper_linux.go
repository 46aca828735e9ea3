package dockertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keeper is a thread with a mount namespace of its own. What is started from it mounts there, so no mount is ever seen
// outside or left over; and since the thread lives as long as this process, so do they (Pdeathsig looks at the thread).
type keeper struct {
	jobs chan func()
	gone chan struct{}
}

func newKeeper() (*keeper, error) {
	k := &keeper{jobs: make(chan func()), gone: make(chan struct{})}
	ready := make(chan error)
	go func() {
		defer close(k.gone)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		ready <- err
		for job := range k.jobs {
			job()
		}
	}()
	if err := <-ready; err != nil {
		k.close()
		return nil, fmt.Errorf("cannot make a mount namespace for the engine: %w", err)
	}
	return k, nil
}

// do calls f on the thread.
func (k *keeper) do(f func() error) error {
	done := make(chan error)
	k.jobs <- func() { done <- f() }
	return <-done
}

// close ends the thread; the mounts go with it as soon as nobody else is in the namespace.
func (k *keeper) close() {
	close(k.jobs)
	<-k.gone
}

// reaperEnv makes the test binary a reaper; it holds the slot to be cleaned.
const reaperEnv = "FRIDAY_DOCKERTEST_REAPER"

// startReaper starts this program once more. It waits until this process is gone, and cleans up if nobody has.
func startReaper(s *slot) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), reaperEnv+"="+strconv.Itoa(s.number))
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // whoever kills our group spares it
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }()
	return w, nil
}

// reap is the life of a reaper.
func reap(slotNumber string) int {
	n, err := strconv.Atoi(slotNumber)
	if err != nil {
		return 2
	}
	var b [1]byte
	_, _ = os.Stdin.Read(b[:]) // returns when the other end is closed, by whatever
	var s *slot
	for until := time.Now().Add(5 * time.Second); s == nil; time.Sleep(time.Millisecond) { // its lock may go after its pipe
		if s, err = take(n); err != nil {
			return 1
		}
		if s == nil && time.Now().After(until) {
			return 0 // somebody else has the slot, and cleaned it
		}
	}
	if errors.Join(s.sweep(), s.release()) != nil {
		return 1
	}
	return 0
}

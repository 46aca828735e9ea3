package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

// Holder is who holds the lock of a state directory.
type Holder struct {
	Run     string    `json:"run"`
	Process proc.ID   `json:"process"`
	Since   time.Time `json:"since"`
}

// Busy is the error of a lock that somebody else holds.
type Busy struct{ Holder Holder }

// Error says who is running, and how to stop it.
func (b *Busy) Error() string {
	if b.Holder.Run == "" {
		return "another game day is running on this state directory, or its guard is still reverting; stop it with friday halt"
	}
	return fmt.Sprintf("another game day is running: %s (pid %d, since %s); stop it with friday halt",
		b.Holder.Run, b.Holder.Process.PID, b.Holder.Since.Local().Format("15:04:05"))
}

// Lock is the right to break things with a state directory. The kernel drops it when its holder dies.
type Lock struct{ file *os.File }

// Acquire takes the lock for a run, or returns *Busy at once.
func Acquire(state, run string) (*Lock, error) {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("cannot use the state directory: %w", err)
	}
	f, err := os.OpenFile(lockPath(state), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot use the state directory: %w", err)
	}
	if err := flock(f); err != nil {
		_ = f.Close() // it was only opened to be locked
		if errors.Is(err, syscall.EWOULDBLOCK) {
			holder, _ := ReadHolder(state) // not readable yet: the message does without
			return nil, &Busy{holder}
		}
		return nil, fmt.Errorf("cannot lock %s: %w", lockPath(state), err)
	}
	l := &Lock{f}
	if err := l.sign(run); err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return l, nil
}

// flock takes the lock without waiting. A signal that arrives in between is no answer.
func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// sign writes the holder into the lock, for others to read. Elsewhere than on Linux the process stays unknown.
func (l *Lock) sign(run string) error {
	me, _ := proc.Identify(os.Getpid()) // not on Linux: halt cannot signal, and says so
	data, err := json.Marshal(Holder{Run: run, Process: me, Since: time.Now().UTC()})
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(data, 0)
	}
	if err != nil {
		return fmt.Errorf("cannot write the lock: %w", err)
	}
	return nil
}

// Release gives the lock back. The file stays.
func (l *Lock) Release() error {
	err := l.file.Truncate(0)
	if cerr := l.file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("cannot release the lock: %w", err)
	}
	return nil
}

// ErrIdle means that nothing is running.
var ErrIdle = errors.New("nothing is running")

// ReadHolder tells who holds the lock, without taking it. ErrIdle if the last holder left in good order, or there never
// was one; what it names may be dead.
func ReadHolder(state string) (Holder, error) {
	data, err := os.ReadFile(lockPath(state))
	if errors.Is(err, os.ErrNotExist) || err == nil && len(data) == 0 {
		return Holder{}, ErrIdle
	}
	if err != nil {
		return Holder{}, fmt.Errorf("cannot read the lock: %w", err)
	}
	var h Holder
	if err := json.Unmarshal(data, &h); err != nil {
		return Holder{}, fmt.Errorf("cannot read the lock %s: %w", lockPath(state), err)
	}
	return h, nil
}

func lockPath(state string) string { return filepath.Join(state, "lock") }

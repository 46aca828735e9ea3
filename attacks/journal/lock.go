package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/proc"
)

// Holder is who holds the lock of a state directory.
type Holder struct {
	Run      string    `json:"run"`
	Process  proc.ID   `json:"process"`
	Since    time.Time `json:"since"`
	Settling bool      `json:"settling,omitempty"` // it only undoes what the run has left; it breaks nothing
}

// Busy is the error of a lock that somebody else holds.
type Busy struct{ Holder Holder }

// Error says who is running, and what to do about it.
func (b *Busy) Error() string {
	h := b.Holder
	who := fmt.Sprintf("%s (pid %d, since %s)", h.Run, h.Process.PID, h.Since.Local().Format("15:04:05"))
	switch {
	case h.Run == "":
		return "another game day is running on this state directory, or its guard is still reverting; stop it with friday halt"
	case h.Settling:
		return "what " + who + " left behind is being undone right now; try again when that is done"
	default:
		return "another game day is running: " + who + "; stop it with friday halt"
	}
}

// Lock is the right to break things with a state directory, or to undo them. The kernel drops it when its holder dies.
type Lock struct{ file *os.File }

// Acquire takes the lock for a run that will break things, or returns *Busy at once. It makes the state directory if there
// is none; a folder that cannot be written is an error.
func Acquire(state, run string) (*Lock, error) {
	if err := makeDir(state); err != nil {
		return nil, fmt.Errorf("cannot use the state directory: %w", err)
	}
	f, err := os.OpenFile(lockPath(state), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot use the state directory: %w", err)
	}
	l, err := lockFile(state, f)
	if err != nil {
		return nil, err
	}
	if err := l.sign(Holder{Run: run}); err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return l, nil
}

// AcquireToSettle takes the lock for somebody who only undoes, or returns *Busy at once. A disk that is full or read-only
// is no obstacle: undoing is more important than telling others who does it. friday halt waits for such a holder and
// never ends it.
func AcquireToSettle(state, run string) (*Lock, error) {
	_ = makeDir(state) // what is missing is told by the next line
	f, err := os.OpenFile(lockPath(state), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		f, err = os.Open(lockPath(state))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot use the state directory: %w", err)
	}
	l, err := lockFile(state, f)
	if err != nil {
		return nil, err
	}
	_ = l.sign(Holder{Run: run, Settling: true}) // see above
	return l, nil
}

// WaitToSettle is AcquireToSettle for somebody with time: whoever is undoing already comes to its end first, and waiting is
// told, once, that it does. When the context ends, or while a run is going on that breaks things, the error is *Busy.
func WaitToSettle(ctx context.Context, state, run string, waiting func(Holder)) (*Lock, error) {
	for told := false; ; told = true {
		l, err := AcquireToSettle(state, run)
		var busy *Busy
		if !errors.As(err, &busy) || !busy.Holder.Settling {
			return l, err
		}
		if !told {
			waiting(busy.Holder)
		}
		if !clock.Pause(ctx, lockPatient) {
			return nil, err
		}
	}
}

// lockFile locks an open lock file, or closes it.
func lockFile(state string, f *os.File) (*Lock, error) {
	err := flock(f)
	for began := time.Now(); errors.Is(err, syscall.EWOULDBLOCK) && time.Since(began) < betweenHolders; err = flock(f) {
		if _, rerr := running(state); !errors.Is(rerr, ErrIdle) {
			break
		}
		time.Sleep(lockEvery) // its holder is just coming or just going: it has no name, or that of a dead one
	}
	if err == nil {
		return &Lock{f}, nil
	}
	_ = f.Close() // it was only opened to be locked
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := ReadHolder(state) // not readable yet: the message does without
		return nil, &Busy{holder}
	}
	return nil, fmt.Errorf("cannot lock %s: %w", lockPath(state), err)
}

// betweenHolders is how long a lock may be held by nobody in particular.
const betweenHolders = 200 * time.Millisecond

// flock takes the lock without waiting. A signal that arrives in between is no answer.
func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// sign writes the holder into the lock, for others to read: at no moment does it look as if nobody held it. Elsewhere
// than on Linux the process stays unknown.
func (l *Lock) sign(h Holder) error {
	h.Process, _ = proc.Identify(os.Getpid()) // not on Linux: halt cannot signal, and says so
	h.Since = time.Now().UTC()
	data, err := json.Marshal(h)
	if err == nil {
		_, err = l.file.WriteAt(data, 0)
	}
	if err == nil {
		err = l.file.Truncate(int64(len(data)))
	}
	if err != nil {
		return fmt.Errorf("cannot write the lock: %w", err)
	}
	return nil
}

// Release gives the lock back. The file stays, empty.
func (l *Lock) Release() error {
	err := l.file.Truncate(0)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EROFS) {
		err = nil // it could only be opened for reading, so it was never signed
	}
	if err := errors.Join(err, l.file.Close()); err != nil {
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
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0 {
		return Holder{}, ErrIdle
	}
	if err != nil {
		return Holder{}, fmt.Errorf("cannot read the lock: %w", err)
	}
	var h Holder
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&h); err != nil { // the rest of a longer predecessor may follow
		return Holder{}, fmt.Errorf("cannot read the lock %s: %w", lockPath(state), err)
	}
	return h, nil
}

func lockPath(state string) string { return filepath.Join(state, "lock") }

package todo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
)

// Do is what somebody decided to do about a finding.
type Do string

// The decisions.
const (
	Close  Do = "close"  // it is mended, or it is none
	Reopen Do = "reopen" // it is not mended after all
	Own    Do = "own"    // Text owns it now; empty: again whoever owns the scenario
	Note   Do = "note"
)

// Act is one decision of a person.
type Act struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	ID   string    `json:"id"` // of the finding
	Do   Do        `json:"do"`
	Text string    `json:"text,omitempty"`
	// FalseSilence says, with Close, that the page had come: the SILENT was none.
	FalseSilence bool `json:"false_silence,omitempty"`
}

// check says what keeps the act from being one.
func (a Act) check() error {
	switch {
	case !slices.Contains([]Do{Close, Reopen, Own, Note}, a.Do):
		return fmt.Errorf("it asks to %q, which this version of friday does not know", a.Do)
	case a.ID == "":
		return errors.New("it names no finding")
	case a.At.IsZero():
		return errors.New("it has no time")
	}
	return nil
}

// Log is the file of all decisions, one line of JSON each, the oldest first. It is only ever added to.
type Log struct{ Path string }

// LogFile is the name of the log in the state directory.
const LogFile = "todo.jsonl"

// Damage is a line of the log that cannot be read.
type Damage struct {
	Line int // from 1
	Why  string
}

// Read returns the decisions that can be read, in the order of the file, and the lines that cannot: what they decided is
// not known. One that is dated later than now is among these: nothing that is decided today could take it back, and no run
// would make its finding regress. A log that is not there is empty. It may be called while others write.
func (l Log) Read(now time.Time) ([]Act, []Damage, error) {
	f, err := os.Open(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read what was decided: %w", err)
	}
	defer f.Close()
	_ = lock(f, syscall.LOCK_SH) // so as not to see half a line; where there are no locks, it is told as damaged
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read what was decided: %w", err)
	}
	var acts []Act
	var damaged []Damage
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var a Act
		err := json.Unmarshal(line, &a)
		if err == nil {
			err = a.check()
		}
		if err == nil && a.At.After(now.Add(digest.Skew)) {
			err = fmt.Errorf("it is dated on %s, which is yet to come: a clock was wrong", show.Day(a.At))
		}
		if err != nil {
			damaged = append(damaged, Damage{i + 1, err.Error()})
			continue
		}
		acts = append(acts, a)
	}
	return acts, damaged, nil
}

// Append adds decisions. They are on disk when it returns, all of them or, after an error, none. Several processes may
// append at once.
func (l Log) Append(acts ...Act) (err error) {
	var lines bytes.Buffer
	for _, a := range acts {
		line, err := json.Marshal(a)
		if err == nil {
			err = a.check()
		}
		if err != nil {
			return fmt.Errorf("cannot write down a decision: %w", err)
		}
		lines.Write(append(line, '\n'))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write down what was decided, so nothing was: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(l.Path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lock(f, syscall.LOCK_EX); err != nil {
		return err
	}
	return add(f, lines.Bytes())
}

// add writes lines at the end of a file that nobody else writes to. What could only be written in part is taken away.
func add(f *os.File, lines []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' { // somebody died in the middle of a line
			lines = append([]byte("\n"), lines...)
		}
	}
	if size == 0 { // the file may be new: its name must be on disk, too
		if err := syncDir(filepath.Dir(f.Name())); err != nil {
			return err
		}
	}
	if _, err = f.Write(lines); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// lock waits for a lock on f, which ends when f is closed. Others hold it for as long as it takes to write a line; to wait
// in the kernel is fairer than to ask again and again.
func lock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("cannot lock %s: %w", f.Name(), err)
		}
	}
}

// Package journal is the write-ahead undo log: what is about to be broken is on disk before it is broken, so that a guard
// process, or friday recover on another day, can undo what a dead runner did.
//
// State directory:
//
//	lock                    flock of the run that is going on, and who it is
//	journal/RUN.jsonl       journals with something that may be owed
//	runs/RUN/journal.jsonl  settled journals
//	halt                    why the run is to stop
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/failurefriday/friday/attacks"
)

// Entry is a change that is about to be made.
type Entry struct {
	ID     string         `json:"id"` // unique in the run
	Change attacks.Change `json:"change"`
	// Deadline is when the guard reverts the change although the runner is still there.
	Deadline time.Time `json:"deadline"`
}

// version of the lines. A journal of another version is never guessed at.
const version = 1

// verb says what a line tells of.
type verb string

const (
	intend   verb = "intend"   // entries: nothing has been made yet
	injected verb = "injected" // id: it was made, or half made
	settled  verb = "settled"  // id: it is not in force any more
	failed   verb = "failed"   // id: an attempt to settle it, and why it did not work
)

// line is one line of a journal, sealed with a checksum so that a torn or rotten one is recognised.
type line struct {
	Version int       `json:"v"`
	At      time.Time `json:"at"`
	Verb    verb      `json:"verb"`
	ID      string    `json:"id,omitempty"`
	Entries []Entry   `json:"entries,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// seal dates a line and puts its checksum in front: eight hexadecimal digits, a blank, JSON.
func seal(l line) ([]byte, error) {
	l.Version, l.At = version, time.Now().UTC()
	body, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("cannot write the journal: %w", err)
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(body), body), nil
}

// Journal is the open journal of a run. It is safe for concurrent use.
type Journal struct {
	mu sync.Mutex
	book
	state, run string
	owed       map[string]bool // ids that are intended, can be undone and are not settled
	broken     error           // nobody knows what the last intent left on the disk: nothing more may be intended
}

// Create makes the journal of a new run. An error means that nothing could be undone, so nothing may be touched.
func Create(state, run string) (*Journal, error) {
	if run != filepath.Base(run) || run == "." || !filepath.IsLocal(run) {
		return nil, fmt.Errorf("cannot make the journal: %q is no id of a run", run)
	}
	path := OpenPath(state, run)
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot make the journal: %w", err)
	}
	j := &Journal{book: book{file: f}, state: state, run: run, owed: map[string]bool{}}
	if err := errors.Join(j.setAside(reserve), f.Sync(), syncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot make the journal %s: %w", path, err), f.Close(), os.Remove(path))
	}
	return j, nil
}

// Intend writes down changes that are about to be made, in one write and one sync. When it returns nil they can be undone
// whatever dies; on an error none of them may be made.
func (j *Journal) Intend(entries ...Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	fresh := map[string]bool{}
	for _, e := range entries {
		if e.ID == "" || j.owed[e.ID] || fresh[e.ID] {
			return fmt.Errorf("cannot write the journal: %q is no new id of a change", e.ID)
		}
		fresh[e.ID] = !e.Change.Irreversible
	}
	data, err := seal(line{Verb: intend, Entries: entries})
	if err != nil {
		return err
	}
	if err := j.setAside(j.size + int64(len(data)) + reserve); err != nil {
		return fmt.Errorf("no space is left to undo anything: %w", err)
	}
	if err := j.append(data, true); err != nil {
		j.broken = err
		return err
	}
	maps.DeleteFunc(fresh, func(_ string, open bool) bool { return !open })
	maps.Copy(j.owed, fresh)
	return nil
}

// Injected writes down that a change was made, or, with an error, that it was tried. It is for the reader: what is owed
// does not depend on it.
func (j *Journal) Injected(id string, err error) error {
	return j.tell(line{Verb: injected, ID: id, Error: text(err)}, false)
}

// Reverted writes down that a change is not in force any more, or, with an error, that it could not be undone and is
// still owed.
func (j *Journal) Reverted(id string, err error) error {
	if err != nil {
		return j.tell(line{Verb: failed, ID: id, Error: text(err)}, true)
	}
	if err := j.tell(line{Verb: settled, ID: id}, true); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.owed, id)
	return nil
}

// Close closes the journal; it is called once. If nothing is owed the journal goes into the folder of its run; otherwise
// it stays where it is found.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("cannot close the journal: %w", err)
	}
	if len(j.owed) > 0 {
		return nil
	}
	return archive(j.state, j.run)
}

func (j *Journal) tell(l line, sync bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.write(l, sync)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

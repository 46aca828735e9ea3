package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/clock"
)

// fault is an attack for tests: it is in force while a file exists. What goes wrong with it stands in the change.
type fault struct{}

type faultUndo struct {
	Path  string
	Slow  time.Duration `json:",omitempty"` // the injection takes so long, half before and half after the file is there
	Stuck string        `json:",omitempty"` // while this file exists, the revert does nothing and says nothing
	Fails string        `json:",omitempty"` // while this file exists, the revert is an error
	Blind string        `json:",omitempty"` // while this file exists, nobody can look
	Hangs bool          `json:",omitempty"` // the revert never ends, whatever its context says
	Panic bool          `json:",omitempty"`
	Diary string        `json:",omitempty"` // the revert adds a line to this file
	Shell string        `json:",omitempty"` // the revert runs this
}

func (u faultUndo) change() attacks.Change {
	undo, err := json.Marshal(u)
	if err != nil {
		panic(err)
	}
	return attacks.Change{Kind: "test.file", Target: filepath.Base(u.Path), Undo: undo}
}

// changeOf is a change with this undo.
func changeOf(undo string) attacks.Change {
	return attacks.Change{Kind: "test.file", Undo: json.RawMessage(undo)}
}

func undoOf(c attacks.Change) (u faultUndo, err error) {
	return u, json.Unmarshal(c.Undo, &u)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return path != "" && err == nil
}

func (fault) Plan(context.Context) ([]attacks.Change, error) { return nil, attacks.ErrNoTarget }

func (fault) Inject(_ context.Context, c attacks.Change) error {
	u, err := undoOf(c)
	if err != nil {
		return err
	}
	time.Sleep(u.Slow / 2)
	defer time.Sleep(u.Slow / 2)
	return os.WriteFile(u.Path, nil, 0o600)
}

func (fault) Active(_ context.Context, c attacks.Change) (bool, error) {
	u, err := undoOf(c)
	if err == nil && exists(u.Blind) {
		err = errors.New("it is dark")
	}
	return exists(u.Path), err
}

func (fault) Revert(ctx context.Context, c attacks.Change) error {
	u, err := undoOf(c)
	switch {
	case err != nil:
		return err
	case u.Hangs:
		select {}
	case u.Panic:
		panic("a mistake")
	case exists(u.Fails):
		return errors.New("no right to do that")
	case exists(u.Stuck):
		return nil
	}
	if u.Shell != "" {
		_ = exec.CommandContext(ctx, "sh", "-c", u.Shell).Run() // what it did is seen by its traces
	}
	if u.Diary != "" {
		f, err := os.OpenFile(u.Diary, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		fmt.Fprintln(f, filepath.Base(u.Path))
		if err := f.Close(); err != nil {
			return err
		}
	}
	if err := os.Remove(u.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func lookup(name string) (attacks.Kind, bool) {
	return attacks.Kind{Name: name, New: func() attacks.Attack { return fault{} }}, name == "test.file"
}

// entry is a fault that breaks a file, and its journal entry.
func entry(id string, u faultUndo) Entry {
	return Entry{ID: id, Change: u.change(), Deadline: time.Now().Add(time.Hour)}
}

// broken writes the journal of a run that died with these faults in force.
func broken(t testing.TB, state, run string, entries ...Entry) {
	t.Helper()
	j, err := Create(state, run)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Intend(entries...); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Change.Kind == "test.file" {
			if err := (fault{}).Inject(t.Context(), e.Change); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Injected(e.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.file.Close(); err != nil { // as the kernel does when it kills
		t.Fatal(err)
	}
}

func owedIDs(t testing.TB, state string) []string {
	t.Helper()
	debts, err := Owed(state)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range debts {
		ids = append(ids, d.Run+"/"+d.Entry.ID)
	}
	return ids
}

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); {
		if time.Now().After(limit) {
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
		clock.Pause(context.Background(), time.Millisecond)
	}
}

func put(t testing.TB, path string) string {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

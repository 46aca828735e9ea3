package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/failurefriday/friday/attacks"
)

func create(t testing.TB, state, run string) *Journal {
	t.Helper()
	j, err := Create(state, run)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.file.Close() }) // closed already, mostly
	return j
}

func TestASettledJournalIsPutAway(t *testing.T) {
	state := filepath.Join(t.TempDir(), "new", "state")
	j := create(t, state, "r")
	irreversible := Entry{ID: "b", Change: attacks.Change{Kind: "process.kill", Irreversible: true}}
	if err := j.Intend(entry("a", faultUndo{Path: "/a"}), irreversible); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{state, filepath.Join(state, journalDir), OpenPath(state, "r")} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others can read or write it", path, info.Mode())
		}
	}
	if err := errors.Join(j.Reverted("a", errors.New("not yet")), j.Reverted("a", nil), j.Close()); err != nil {
		t.Fatal(err)
	}
	if exists(OpenPath(state, "r")) {
		t.Error("the settled journal is still open")
	}
	text, err := os.ReadFile(settledPath(state, "r"))
	if err != nil || !strings.Contains(string(text), "not yet") || strings.Count(string(text), "\n") != 3 {
		t.Errorf("error %v, the settled journal is\n%s", err, text)
	}
}

func TestAJournalThatOwesStaysOpen(t *testing.T) {
	state := t.TempDir()
	j := create(t, state, "r")
	if err := errors.Join(j.Intend(entry("a", faultUndo{Path: "/a"})), j.Reverted("a", errors.New("stuck")), j.Close()); err != nil {
		t.Fatal(err)
	}
	if got := owedIDs(t, state); !slices.Equal(got, []string{"r/a"}) {
		t.Errorf("owed %q", got)
	}
}

func TestIntendTakesNoIDTwice(t *testing.T) {
	state := t.TempDir()
	j := create(t, state, "r")
	a := entry("a", faultUndo{Path: "/a"})
	if err := j.Intend(a, a); err == nil {
		t.Error("the same id twice in a batch is taken")
	}
	if err := j.Intend(entry("", faultUndo{Path: "/a"})); err == nil {
		t.Error("no id is taken")
	}
	if got := owedIDs(t, state); got != nil {
		t.Errorf("owed %q after refusals", got)
	}
	if err := j.Intend(a); err != nil {
		t.Fatal(err)
	}
	if err := j.Intend(a); err == nil {
		t.Error("an id that is owed is taken again")
	}
	if err := errors.Join(j.Reverted("a", nil), j.Intend(a)); err != nil {
		t.Errorf("a settled id is not taken again: %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	for _, run := range []string{"", "..", ".", "a/b", "/a"} {
		if _, err := Create(t.TempDir(), run); err == nil {
			t.Errorf("%q is taken for an id", run)
		}
	}
	state := t.TempDir()
	create(t, state, "r")
	if _, err := Create(state, "r"); err == nil {
		t.Error("the journal of another run is taken over")
	}
	state = put(t, filepath.Join(t.TempDir(), "file"))
	if _, err := Create(state, "r"); err == nil || !strings.Contains(err.Error(), state) {
		t.Errorf("a file in place of the state directory: error %v", err)
	}
}

// TestAFailedWriteIsNoIntent: the file is closed under the journal, as a disk that dies would do it.
func TestAFailedWriteIsNoIntent(t *testing.T) {
	state := t.TempDir()
	j := create(t, state, "r")
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Intend(entry("a", faultUndo{Path: "/a"})); err == nil {
		t.Error("an intent that is not on disk is acknowledged")
	}
	if len(j.owed) != 0 {
		t.Errorf("owed %v", j.owed)
	}
}

func TestTheJournalIsSafeForConcurrentUse(t *testing.T) {
	state := t.TempDir()
	j := create(t, state, "r")
	var wg sync.WaitGroup
	for _, id := range strings.Split("abcdefgh", "") {
		wg.Go(func() {
			if err := errors.Join(j.Intend(entry(id, faultUndo{Path: "/" + id})), j.Injected(id, nil)); err != nil {
				t.Error(err)
			}
			if id < "e" {
				if err := j.Reverted(id, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := owedIDs(t, state)
	slices.Sort(got)
	if !slices.Equal(got, []string{"r/e", "r/f", "r/g", "r/h"}) {
		t.Errorf("owed %q", got)
	}
}

// TestTheSpaceSetAsideIsNotSeen: a reader sees the lines, and no zeros behind them.
func TestTheSpaceSetAsideIsNotSeen(t *testing.T) {
	state := t.TempDir()
	j := create(t, state, "r")
	for n := range 3 {
		text, err := os.ReadFile(OpenPath(state, "r"))
		if err != nil || int64(len(text)) != j.size || strings.Count(string(text), "\n") != n || strings.ContainsRune(string(text), 0) {
			t.Fatalf("after %d lines: error %v, the journal is %q", n, err, text)
		}
		if err := j.Intend(entry(fmt.Sprint(n), faultUndo{Path: "/a"})); err != nil {
			t.Fatal(err)
		}
	}
}

package journal

import (
	"os"
	"path/filepath"
	"testing"
)

// TestForget: what cannot be undone is owed until somebody says that it is taken care of; a damaged line as well.
func TestForget(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	broken(t, state, "run-1", entry("1", faultUndo{Path: filepath.Join(dir, "a")}), entry("2", faultUndo{Path: filepath.Join(dir, "b")}))
	broken(t, state, "run-2", entry("1", faultUndo{Path: filepath.Join(dir, "c")}))
	f, err := os.OpenFile(OpenPath(state, "run-1"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("damaged\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Owed(state); err == nil {
		t.Fatal("the damaged line is no error")
	}
	forgotten, err := Forget(state, "run-1")
	if err != nil || len(forgotten) != 2 {
		t.Fatalf("forgot %v, %v", forgotten, err)
	}
	if got := owedIDs(t, state); len(got) != 1 || got[0] != "run-2/1" {
		t.Errorf("owed %q", got)
	}
	if !exists(filepath.Join(dir, "a")) || !exists(settledPath(state, "run-1")) {
		t.Error("forgetting reverts nothing, and keeps the journal with its run")
	}
	if undone, err := Settled(state, "run-1"); err != nil || len(undone) != 0 {
		t.Errorf("what was forgotten counts as undone: %v, %v", undone, err)
	}
	for _, run := range []string{"run-1", "never-begun"} {
		if again, err := Forget(state, run); err != nil || len(again) != 0 {
			t.Errorf("%s again: %v, %v", run, again, err)
		}
	}
}

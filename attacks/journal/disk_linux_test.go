package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is a file system of its own that can be filled or made read-only, which even root feels.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k,mode=700"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("cannot mount a small file system, and this must be proven here: %v", err)
		}
		t.Skipf("cannot mount a small file system here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the space that is left.
func fill(t *testing.T, disk string) {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{4096, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk is not full: %v", err)
		}
	}
}

func remount(t *testing.T, disk string, flags uintptr) {
	t.Helper()
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|flags, ""); err != nil {
		t.Fatal(err)
	}
}

// TestAFullDiskTakesTheLinesOfARevert, for which space was set aside, but no more intents.
func TestAFullDiskTakesTheLinesOfARevert(t *testing.T) {
	state := smallDisk(t)
	j := create(t, state, "r")
	var ids, acknowledged []string
	long := strings.Repeat("x", reserve/10) // more than what was set aside in the beginning
	for i := range 20 {
		ids = append(ids, fmt.Sprint(i))
		if err := j.Intend(entry(ids[i], faultUndo{Path: "/" + ids[i], Shell: long})); err != nil {
			t.Fatal(err)
		}
		acknowledged = append(acknowledged, "r/"+ids[i])
	}
	fill(t, state)
	big := entry("big", faultUndo{Path: strings.Repeat("x", 2*reserve)})
	if err := j.Intend(big); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("error %v, want a full disk", err)
	}
	if got := owedIDs(t, state); !slices.Equal(got, acknowledged) {
		t.Fatalf("owed %q, want %q", got, acknowledged)
	}
	for _, id := range ids {
		if err := errors.Join(j.Injected(id, nil), j.Reverted(id, errors.New("at first")), j.Reverted(id, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if got := owedIDs(t, state); got != nil {
		t.Errorf("owed %q", got)
	}
	if err := os.Remove(filepath.Join(state, "filler")); err != nil {
		t.Fatal(err)
	}
	if err := j.Intend(entry("later", faultUndo{Path: "/later"})); err != nil {
		t.Errorf("there is space again: %v", err)
	}
}

func TestALineThatDoesNotFitIsCutOff(t *testing.T) {
	state := smallDisk(t)
	j := create(t, state, "r")
	if err := j.Intend(entry("a", faultUndo{Path: "/a"})); err != nil {
		t.Fatal(err)
	}
	fill(t, state)
	if err := j.Reverted("a", errors.New(strings.Repeat("a long story ", reserve/4))); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("error %v, want a full disk", err)
	}
	if err := j.Reverted("a", nil); err != nil {
		t.Fatal(err)
	}
	if got := owedIDs(t, state); got != nil {
		t.Errorf("owed %q", got)
	}
}

func TestCreateOnAFullDisk(t *testing.T) {
	state := smallDisk(t)
	if err := makeDir(filepath.Join(state, journalDir)); err != nil {
		t.Fatal(err)
	}
	fill(t, state)
	if _, err := Create(state, "r"); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), OpenPath(state, "r")) {
		t.Errorf("error %v, want a full disk and the path", err)
	}
	if exists(OpenPath(state, "r")) {
		t.Error("half a journal is left")
	}
}

func TestSettleOnAFullDisk(t *testing.T) {
	state, path := smallDisk(t), filepath.Join(t.TempDir(), "a")
	put(t, lockPath(state))
	broken(t, state, "r", entry("1", faultUndo{Path: path}))
	if err := makeDir(filepath.Dir(settledPath(state, "r"))); err != nil {
		t.Fatal(err)
	}
	fill(t, state)
	if _, err := Acquire(state, "next"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a run begins on a full disk: error %v", err)
	}
	lock, err := AcquireToSettle(state, "r")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Settle(t.Context(), quick(state)); err != nil {
		t.Error(err)
	}
	if exists(path) || exists(OpenPath(state, "r")) {
		t.Error("something is left")
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

// TestSettleWhenItsNotesDoNotFit: the space that the runner set aside is gone. Everything is undone all the same, what
// nobody could note stays owed while anything is left, and half a line spoils nothing.
func TestSettleWhenItsNotesDoNotFit(t *testing.T) {
	state, dir := smallDisk(t), t.TempDir()
	one, two, reason := filepath.Join(dir, "a"), filepath.Join(dir, "b"), put(t, filepath.Join(dir, "reason"))
	broken(t, state, "r", entry("1", faultUndo{Path: one, Fails: reason}), entry("2", faultUndo{Path: two}))
	path := OpenPath(state, "r")
	useUp(t, path)
	fill(t, state)
	for range 2 {
		report, err := Settle(t.Context(), quick(state))
		if !errors.Is(err, syscall.ENOSPC) || len(report.Settled) != 1 || len(report.Left) != 1 || exists(two) {
			t.Errorf("report %+v, error %v", report, err)
		}
		if got := owedIDs(t, state); !slices.Equal(got, []string{"r/1", "r/2"}) {
			t.Errorf("owed %q", got)
		}
		if text, err := os.ReadFile(path); err != nil || !strings.HasSuffix(string(text), "\n") {
			t.Errorf("error %v, half a line is left", err)
		}
	}
	if err := os.Remove(reason); err != nil {
		t.Fatal(err)
	}
	if _, err := Settle(t.Context(), quick(state)); !errors.Is(err, syscall.ENOSPC) || exists(one) || exists(path) {
		t.Errorf("error %v; everything is undone, so the journal is put away, though not even that could be noted", err)
	}
	if got := owedIDs(t, state); got != nil {
		t.Errorf("owed %q", got)
	}
}

// useUp gives the space back that was set aside for a journal, and leaves room in its last page for half a line.
func useUp(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const half = 40
	page := os.Getpagesize()
	line := func(n int) string {
		return sealed(fmt.Sprintf(`{"v":1,"verb":"failed","id":"1","error":%q}`, strings.Repeat("x", n)))
	}
	rest := page - len(text)%page - half - len(line(0))
	if err := os.WriteFile(path, []byte(string(text)+line(rest)), 0o600); err != nil { // it is cut to nothing first
		t.Fatal(err)
	}
}

func TestAReadOnlyStateDirectory(t *testing.T) {
	state, path := smallDisk(t), filepath.Join(t.TempDir(), "a")
	put(t, lockPath(state))
	broken(t, state, "r", entry("1", faultUndo{Path: path}))
	remount(t, state, syscall.MS_RDONLY)
	if _, err := Acquire(state, "next"); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), state) {
		t.Errorf("error %v, want a read-only disk and the path", err)
	}
	if _, err := Create(state, "next"); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), state) {
		t.Errorf("error %v, want a read-only disk and the path", err)
	}
	for range 2 {
		lock, err := AcquireToSettle(state, "r")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Settle(t.Context(), quick(state)); !errors.Is(err, syscall.EROFS) {
			t.Errorf("error %v, want that nobody could note it", err)
		}
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
		if exists(path) {
			t.Error("the fault is not reverted")
		}
		if got := owedIDs(t, state); len(got) != 1 {
			t.Errorf("owed %q, though nobody could note that it is settled", got)
		}
	}
	remount(t, state, 0)
	if _, err := Settle(t.Context(), quick(state)); err != nil || exists(OpenPath(state, "r")) {
		t.Errorf("error %v", err)
	}
}

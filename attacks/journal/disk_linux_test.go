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
	if _, err := Create(state, "r"); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), openPath(state, "r")) {
		t.Errorf("error %v, want a full disk and the path", err)
	}
	if exists(openPath(state, "r")) {
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
	if exists(path) || exists(openPath(state, "r")) {
		t.Error("something is left")
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
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
	if _, err := Settle(t.Context(), quick(state)); err != nil || exists(openPath(state, "r")) {
		t.Errorf("error %v", err)
	}
}

package netns

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// bound are the folders in which programs keep namespaces that no process needs to be in.
var bound = []string{named, "/run/docker/netns"}

// Open finds the namespace, wherever it is still in use, and opens it. ErrGone if it is in use nowhere. The hints are paths
// where it may well be found, such as the Path of an earlier handle; they save looking at every process of the machine.
func Open(id ID, hints ...string) (*Handle, error) {
	var found *Handle
	err := each(places(hints), id.Inode, func(h *Handle) (stop bool, err error) {
		if h.ID == id {
			found = h
		}
		return found != nil, nil
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, ErrGone
	}
	return found, nil
}

// Each calls f once for every namespace that is in use on this machine; f must not keep the handle. One that goes
// meanwhile is left out. An error of f does not stop it; all are returned.
func Each(f func(*Handle) error) error {
	var failed []error
	err := each(places(nil), 0, func(h *Handle) (bool, error) {
		failed = append(failed, f(h))
		return false, nil
	})
	return errors.Join(append(failed, err)...)
}

// each looks at the namespaces in use until f stops it, at those of one inode only if one is given. A handle is closed
// afterwards, unless f stopped at it.
func each(paths iter.Seq[string], inode uint64, f func(*Handle) (stop bool, err error)) error {
	seen := map[uint64]bool{}
	for path := range paths {
		var stat unix.Stat_t
		if err := unix.Stat(path, &stat); err != nil {
			continue // gone, or a process of another machine's user: nobody can look there
		}
		if inode != 0 && stat.Ino != inode || seen[stat.Ino] || !isNamespace(path) {
			continue
		}
		h, err := at(path)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		seen[h.ID.Inode] = true
		stop, err := f(h)
		if stop || err != nil {
			return err
		}
		if err := h.Close(); err != nil {
			return err
		}
	}
	return nil
}

// isNamespace tells a namespace from the empty file that is left of one after its mount is gone.
func isNamespace(path string) bool {
	var stat unix.Statfs_t
	return unix.Statfs(path, &stat) == nil && stat.Type == unix.NSFS_MAGIC
}

// places are all paths under which a namespace may be found, the hints first.
func places(hints []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, hint := range slices.Concat(hints, []string{"/proc/thread-self/ns/net"}) {
			if !yield(hint) {
				return
			}
		}
		for _, dir := range bound {
			entries, _ := os.ReadDir(dir) // most are not there
			for _, e := range entries {
				if !yield(filepath.Join(dir, e.Name())) {
					return
				}
			}
		}
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			if _, err := strconv.Atoi(e.Name()); err == nil && !yield(filepath.Join("/proc", e.Name(), "ns/net")) {
				return
			}
		}
	}
}

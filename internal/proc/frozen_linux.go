package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// Halted says in a word why the process does not run although it lives: stopped, by a signal, or frozen, with its cgroup,
// as in a paused container. It is empty for one that runs. ErrGone if it is not there any more.
func (id ID) Halted() (string, error) {
	s, err := id.look()
	if err != nil {
		return "", err
	}
	if s.State == "T" {
		return "stopped", nil
	}
	frozen, err := frozen(id.PID)
	if err != nil {
		return "", err
	}
	if _, err := id.look(); err != nil || !frozen { // the pid may have become another's meanwhile
		return "", err
	}
	return "frozen", nil
}

// frozen reports whether the cgroup of the process, or one above it, is frozen: the kernel shows it below, too. Where the
// cgroups cannot be seen at all, as in some containers, nobody is.
func frozen(pid int) (bool, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return false, gone(pid, err)
	}
	groups, err := cgroupsOf(p)
	if err != nil {
		return false, gone(pid, err)
	}
	mounts, err := procfs.GetMounts()
	if err != nil {
		return false, fmt.Errorf("cannot tell where the cgroups are: %w", err)
	}
	for _, g := range groups {
		for _, m := range mounts {
			file, words := freezerFile(g, m)
			if file == "" {
				continue
			}
			text, err := os.ReadFile(file)
			if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) {
				continue // the root, which has none, or a cgroup that has just gone
			}
			if err != nil {
				return false, fmt.Errorf("cannot tell whether pid %d is frozen: %w", pid, err)
			}
			if slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool { return slices.Contains(words, line) }) {
				return true, nil
			}
		}
	}
	return false, nil
}

// freezerFile is where the cgroup says whether it is frozen, if the mount shows that, and the lines that mean so.
func freezerFile(g procfs.Cgroup, m *procfs.MountInfo) (file string, words []string) {
	name := ""
	switch {
	case m.FSType == "cgroup2" && g.HierarchyID == 0:
		name, words = "cgroup.events", []string{"frozen 1"}
	case m.FSType == "cgroup" && slices.Contains(g.Controllers, "freezer") && has(m.SuperOptions, "freezer"):
		name, words = "freezer.state", []string{"FROZEN", "FREEZING"}
	default:
		return "", nil
	}
	inside, ok := strings.CutPrefix(g.Path, strings.TrimSuffix(m.Root, "/"))
	if !ok || inside != "" && inside[0] != '/' || strings.HasPrefix(inside, "/..") {
		return "", nil // the mount shows another part of the tree
	}
	return filepath.Join(m.MountPoint, inside, name), words
}

func has(options map[string]string, key string) bool {
	_, ok := options[key]
	return ok
}

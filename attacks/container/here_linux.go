package container

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/internal/proc"
)

// ownContainers are the containers that Friday itself runs in. Its cgroup does not tell where it has a cgroup namespace of
// its own, but the files that the engine gives every container do.
func ownContainers() ([]string, error) {
	self, err := proc.Self()
	if err != nil {
		return nil, err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("cannot tell in which container Friday runs: %w", err)
	}
	return append(mountedFrom(string(mounts)), self.Container), nil
}

var containerFile = regexp.MustCompile(`([0-9a-f]{64})/(hostname|hosts|resolv\.conf)$`)

// mountedFrom are the containers whose files lie where every container has its own. The host shows such files, too, but
// elsewhere.
func mountedFrom(mountinfo string) (ids []string) {
	for line := range strings.Lines(mountinfo) {
		const root, at = 3, 4
		f := strings.Fields(line)
		if len(f) > at && slices.Contains([]string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}, f[at]) {
			if m := containerFile.FindStringSubmatch(f[root]); m != nil {
				ids = append(ids, m[1])
			}
		}
	}
	return ids
}

// ignores reports whether a signal from the engine means nothing to a process: it ignores it, or it is the first of its pid
// namespace and has no handler, for which the kernel spares it.
func ignores(pid int, signal string) (bool, error) {
	n := number(signal)
	if n == number("KILL") {
		return false, nil
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot tell which signals pid %d handles: %w", pid, err)
	}
	var first, ignored, caught bool
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, ":")
		f := strings.Fields(value)
		switch {
		case len(f) == 0:
		case key == "NSpid":
			first = len(f) > 1 && f[len(f)-1] == "1"
		case key == "SigIgn":
			ignored = has(f[0], n)
		case key == "SigCgt":
			caught = has(f[0], n)
		}
	}
	return ignored || first && !caught, nil
}

// has reports whether a signal is in one of the kernel's masks.
func has(mask string, signal int) bool {
	bits, err := strconv.ParseUint(mask, 16, 64)
	return err == nil && bits&(1<<(signal-1)) != 0
}

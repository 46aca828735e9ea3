package proc

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// readPIDFile returns the pid in a pid file, or why the file names nobody. An empty one is about to be written.
func readPIDFile(path string) (pid int, nobody string, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Sprintf("pid file %s does not exist", path), nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("cannot read the pid file: %w", err)
	}
	words := strings.Fields(string(data)) // some hold more than the pid
	if len(words) == 0 {
		return 0, fmt.Sprintf("pid file %s is empty", path), nil
	}
	if pid, err = strconv.Atoi(words[0]); err != nil || pid <= 0 {
		return 0, "", fmt.Errorf("pid file %s holds no pid, but %.40q", path, words[0])
	}
	late, err := startedAfter(pid, path)
	switch {
	case errors.Is(err, ErrGone):
		return 0, fmt.Sprintf("pid file %s names pid %d, which is gone", path, pid), nil
	case err != nil:
		return 0, "", err
	case late:
		return 0, fmt.Sprintf("pid file %s is stale: pid %d started after the file was written", path, pid), nil
	}
	return pid, "", nil
}

// bootTimeError is how far off the kernel's whole-second boot time, and small steps of the clock, can be.
const bootTimeError = 5 * time.Second

// startedAfter reports whether the process is younger than the file: then the file means an earlier process.
func startedAfter(pid int, path string) (bool, error) {
	s, err := readStat(pid)
	if err != nil {
		return false, err
	}
	seconds, err := s.StartTime()
	if err != nil {
		return false, fmt.Errorf("cannot tell when pid %d started: %w", pid, err)
	}
	file, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("cannot read the pid file: %w", err)
	}
	return time.UnixMilli(int64(seconds * 1000)).After(file.ModTime().Add(bootTimeError)), nil
}

// listeners are the listening TCP sockets on a port, in this network namespace.
func listeners(port int) (map[string]bool, error) {
	found := map[string]bool{}
	err := eachListener(func(at int, socket string) {
		if at == port {
			found[socket] = true
		}
	})
	return found, err
}

// Ports are those TCP ports on which somebody listens now, in this network namespace.
func Ports() (map[int]bool, error) {
	found := map[int]bool{}
	err := eachListener(func(port int, _ string) { found[port] = true })
	return found, err
}

func eachListener(do func(port int, socket string)) error {
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // no IPv6 here
		}
		if err != nil {
			return fmt.Errorf("cannot look at the listening sockets: %w", err)
		}
		for line := range strings.Lines(string(data)) {
			const address, state, inode, listening = 1, 3, 9, "0A"
			f := strings.Fields(line)
			if len(f) <= inode || f[state] != listening {
				continue
			}
			_, hex, _ := strings.Cut(f[address], ":")
			if port, err := strconv.ParseUint(hex, 16, 16); err == nil {
				do(int(port), "socket:["+f[inode]+"]")
			}
		}
	}
	return nil
}

// holdsSocket reports whether the process holds one of the sockets. Other users' processes do not show theirs.
func holdsSocket(p procfs.Proc, sockets map[string]bool) (bool, error) {
	targets, err := p.FileDescriptorTargets()
	if errors.Is(err, os.ErrPermission) {
		return false, nil
	}
	for _, t := range targets {
		if sockets[t] {
			return true, nil
		}
	}
	return false, err
}

// cgroups are the places of a process in all hierarchies.
type cgroups []procfs.Cgroup

func cgroupsOf(p procfs.Proc) (cgroups, error) {
	groups, err := p.Cgroups()
	return groups, err
}

// deepest is the most specific path among the hierarchies; the root is "/".
func (cs cgroups) deepest() string {
	deepest := "/"
	for _, c := range cs {
		depth, most := strings.Count(c.Path, "/"), strings.Count(deepest, "/")
		if depth > most || depth == most && len(c.Path) > len(deepest) {
			deepest = c.Path
		}
	}
	return deepest
}

// container is the id of the innermost container.
func (cs cgroups) container() string {
	for _, c := range cs {
		if ids := containerID.FindAllString(c.Path, -1); len(ids) > 0 {
			return ids[len(ids)-1]
		}
	}
	return ""
}

// unit is the innermost systemd unit; the slices around it are no units that anybody stops.
func (cs cgroups) unit() string {
	for _, c := range cs {
		parts := strings.Split(c.Path, "/")
		for i := len(parts) - 1; i >= 0; i-- {
			if strings.HasSuffix(parts[i], ".service") || strings.HasSuffix(parts[i], ".scope") {
				return parts[i]
			}
		}
	}
	return ""
}

// AnyWithEnv reports whether a process lives that was started with the entry NAME=value in its environment. Those whose
// environment cannot be read, other users' that is, do not count.
func AnyWithEnv(entry string) (bool, error) {
	procs, err := procfs.AllProcs()
	if err != nil {
		return false, fmt.Errorf("cannot look at the processes: %w", err)
	}
	for _, p := range procs {
		env, err := p.Environ() // that of a dead one is empty
		if err == nil && slices.Contains(env, entry) {
			return true, nil
		}
	}
	return false, nil
}

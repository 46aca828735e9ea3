package proc

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/failurefriday/friday/internal/site"
)

// gone turns the errors of a process that has just ended into ErrGone.
func gone(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return ErrGone
	}
	return err
}

// SiteOf tells where a process lives. ErrGone if it is not there any more.
func SiteOf(id ID) (site.Site, error) {
	s, err := id.look()
	if err != nil {
		return site.Site{}, err
	}
	host, err := os.Hostname()
	if err != nil {
		return site.Site{}, fmt.Errorf("cannot tell the name of this host: %w", err)
	}
	ancestors, err := ancestorsOf(s)
	if err != nil {
		return site.Site{}, err
	}
	path, err := cgroupOf(id.PID)
	if err != nil {
		return site.Site{}, err
	}
	return site.Site{
		Host: host, Process: site.Process{PID: s.pid, Start: s.start, Name: nameOf(s)}, Ancestors: ancestors,
		Group: s.group, Session: s.session, Cgroup: strings.TrimSuffix(path, "/"), Container: containerOf(path),
		NetNS: netNS(id.PID), Unit: unitOf(path),
	}, nil
}

// Self tells where this process lives.
func Self() (site.Site, error) {
	id, err := Identify(os.Getpid())
	if err != nil {
		return site.Site{}, err
	}
	return SiteOf(id)
}

// ancestorsOf walks up to pid 1, which is everybody's and not among them.
func ancestorsOf(s stat) ([]site.Process, error) {
	var all []site.Process
	for parent := s.parent; parent > 1; {
		p, err := readStat(parent)
		if errors.Is(err, ErrGone) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, site.Process{PID: p.pid, Start: p.start, Name: nameOf(p)})
		parent = p.parent
	}
	return all, nil
}

// nameOf prefers the first word of the command line to the kernel's name, which is cut off at 15 characters.
func nameOf(s stat) string {
	argv, err := commandLine(s.pid)
	if err != nil || len(argv) == 0 {
		return s.comm
	}
	return names(s.comm, "", argv)[len(names(s.comm, "", argv))-1]
}

// cgroupOf is the most specific path among the hierarchies that the process is in; the root is "/".
func cgroupOf(pid int) (string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return "", gone(err)
	}
	deepest := "/"
	for line := range strings.Lines(string(data)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && strings.Count(parts[2], "/") >= strings.Count(deepest, "/") && len(parts[2]) > len(deepest) {
			deepest = parts[2]
		}
	}
	return deepest, nil
}

var containerID = regexp.MustCompile(`[0-9a-f]{64}`)

func containerOf(cgroup string) string { return containerID.FindString(cgroup) }

// unitOf is the innermost systemd unit in a cgroup path; the slices around it are no units that anybody stops.
func unitOf(cgroup string) string {
	parts := strings.Split(cgroup, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if strings.HasSuffix(parts[i], ".service") || strings.HasSuffix(parts[i], ".scope") {
			return parts[i]
		}
	}
	return ""
}

// netNS is the inode of the network namespace, 0 where it cannot be read (another user's process).
func netNS(pid int) uint64 {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseUint(strings.Trim(strings.TrimPrefix(link, "net:"), "[]"), 10, 64) // the kernel writes a number
	return n
}

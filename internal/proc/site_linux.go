package proc

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"

	"github.com/failurefriday/friday/internal/site"
)

var containerID = regexp.MustCompile(`[0-9a-f]{64}`)

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
	p, err := procfs.NewProc(id.PID)
	if err != nil {
		return site.Site{}, gone(id.PID, err)
	}
	groups, err := cgroupsOf(p)
	if err != nil {
		return site.Site{}, gone(id.PID, err)
	}
	return site.Site{
		Host: host, Process: processOf(s), Ancestors: ancestors, Group: s.PGRP, Session: s.Session,
		Cgroup: strings.TrimSuffix(groups.deepest(), "/"), Container: groups.container(), NetNS: netNS(id.PID), Unit: groups.unit(),
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
func ancestorsOf(s procfs.ProcStat) ([]site.Process, error) {
	var all []site.Process
	for parent := s.PPID; parent > 1; {
		p, err := readStat(parent)
		if errors.Is(err, ErrGone) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, processOf(p))
		parent = p.PPID
	}
	return all, nil
}

// processOf prefers the first word of the command line to the kernel's name, which is cut off at 15 characters.
func processOf(s procfs.ProcStat) site.Process {
	argv := commandLine(s.PID)
	all := names(s.Comm, "", argv)
	return site.Process{PID: s.PID, Start: s.Starttime, Name: all[len(all)-1]}
}

// commandLine is empty where there is none to be read: the kernel's name is left then.
func commandLine(pid int) []string {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return nil
	}
	argv, err := p.CmdLine()
	if err != nil {
		return nil
	}
	return argv
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

package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
)

// Find returns the processes that m means, by pid. Dead ones and kernel threads are never among them. A process that
// ends while it is looked at is no error, nor is a pid file that is not there: nothing matches then.
func Find(m Match) ([]Info, error) {
	if m.Empty() {
		return nil, errEmpty
	}
	f, err := newFinder(m)
	if err != nil || f.nothing {
		return nil, err
	}
	pids, err := f.candidates()
	if err != nil {
		return nil, err
	}
	var found []Info
	for _, pid := range pids {
		info, ok, err := f.match(pid)
		if err != nil && !errors.Is(err, ErrGone) {
			return nil, err
		}
		if ok {
			found = append(found, info)
		}
	}
	return found, nil
}

// finder holds what is the same for all processes.
type finder struct {
	Match
	boot    string
	uid     string
	sockets map[string]bool // "socket:[inode]" of the listening sockets on the port
	pid     int             // from the pid file
	nothing bool            // it is known already that nothing matches
}

func newFinder(m Match) (f finder, err error) {
	f.Match = m
	if f.boot, err = bootID(); err != nil {
		return f, err
	}
	if m.User != "" {
		if f.uid, err = userID(m.User); err != nil {
			return f, err
		}
	}
	if m.Port != 0 {
		if f.sockets, err = listeners(m.Port); err != nil {
			return f, err
		}
		f.nothing = len(f.sockets) == 0
	}
	if m.PIDFile != "" {
		data, err := os.ReadFile(m.PIDFile)
		if errors.Is(err, os.ErrNotExist) {
			f.nothing = true
			return f, nil
		}
		if err != nil {
			return f, fmt.Errorf("cannot read the pid file: %w", err)
		}
		if f.pid, err = strconv.Atoi(strings.TrimSpace(string(data))); err != nil || f.pid <= 0 {
			return f, fmt.Errorf("pid file %s holds no pid", m.PIDFile)
		}
	}
	return f, nil
}

// userID is the number of a user that is given by name or by number.
func userID(name string) (string, error) {
	if _, err := strconv.Atoi(name); err == nil {
		return name, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return "", fmt.Errorf("no user is called %s", name)
	}
	return u.Uid, nil
}

func (f finder) candidates() ([]int, error) {
	if f.pid != 0 {
		return []int{f.pid}, nil
	}
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, fmt.Errorf("cannot look at the processes: %w", err)
	}
	defer dir.Close()
	entries, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the processes: %w", err)
	}
	var pids []int
	for _, name := range entries {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}

// match looks at one process, cheapest things first.
func (f finder) match(pid int) (Info, bool, error) {
	s, err := readStat(pid)
	if err != nil || s.dead() || s.kernel {
		return Info{}, false, err
	}
	argv, err := commandLine(pid)
	if err != nil {
		return Info{}, false, err
	}
	info := Info{ID: ID{PID: pid, Start: s.start, Boot: f.boot}, Name: s.comm, Command: strings.Join(argv, " ")}
	if !f.Name.Empty() {
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)) // not readable for other users' processes: two names are left
		all := names(s.comm, exe, argv)
		i := slices.IndexFunc(all, f.Name.Match)
		if i < 0 {
			return Info{}, false, nil
		}
		info.Name = all[i]
	}
	if !f.Command.Empty() && !f.Command.Match(info.Command) {
		return Info{}, false, nil
	}
	ok, err := f.matchPlace(pid)
	return info, ok, err
}

// matchPlace checks what takes another file to read.
func (f finder) matchPlace(pid int) (bool, error) {
	if f.uid != "" {
		uid, err := ownerOf(pid)
		if err != nil || uid != f.uid {
			return false, err
		}
	}
	if !f.Cgroup.Empty() || f.Unit != "" {
		path, err := cgroupOf(pid)
		if err != nil || !f.Cgroup.Match(path) || (f.Unit != "" && unitOf(path) != f.Unit) {
			return false, err
		}
	}
	if f.sockets != nil {
		return holdsSocket(pid, f.sockets)
	}
	return true, nil
}

func commandLine(pid int) ([]string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil, gone(err)
	}
	data = bytes.TrimRight(data, "\x00")
	if len(data) == 0 {
		return nil, nil
	}
	return strings.Split(string(data), "\x00"), nil
}

// ownerOf is the effective user id of a process.
func ownerOf(pid int) (string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "", gone(err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			if ids := strings.Fields(rest); len(ids) > 1 {
				return ids[1], nil
			}
		}
	}
	return "", fmt.Errorf("cannot read the owner of pid %d", pid)
}

// listeners are the listening TCP sockets on a port, in this network namespace.
func listeners(port int) (map[string]bool, error) {
	found := map[string]bool{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // no IPv6 here
		}
		if err != nil {
			return nil, fmt.Errorf("cannot look at the listening sockets: %w", err)
		}
		want := fmt.Sprintf(":%04X", port)
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			const listening = "0A"
			if len(f) > 9 && strings.HasSuffix(f[1], want) && f[3] == listening {
				found["socket:["+f[9]+"]"] = true
			}
		}
	}
	return found, nil
}

func holdsSocket(pid int, sockets map[string]bool) (bool, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrPermission) {
		return false, nil // another user's process: it cannot be attacked either
	}
	if err != nil {
		return false, gone(err)
	}
	for _, e := range entries {
		if link, err := os.Readlink(dir + "/" + e.Name()); err == nil && sockets[link] {
			return true, nil
		}
	}
	return false, nil
}

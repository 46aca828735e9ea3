package proc

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// Find returns the processes that m means, by pid. Dead ones and kernel threads are never among them. A process that
// ends while it is looked at is no error, nor is a pid file that is not there: nothing matches then.
func Find(m Match) ([]Info, error) {
	f, err := newFinder(m)
	if err != nil || f.nothing != "" {
		return nil, err
	}
	procs, err := f.candidates()
	if err != nil {
		return nil, err
	}
	var found []Info
	for _, p := range procs {
		info, ok, err := f.match(p)
		if err != nil && !errors.Is(err, ErrGone) {
			return nil, err
		}
		if ok {
			found = append(found, info)
		}
	}
	return found, nil
}

// Names are all names by which the programs that run now can be meant, in no order, some twice. Whoever looks for many names
// that mostly nothing has need not look at every process again for each.
func Names() ([]string, error) {
	procs, err := procfs.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("cannot look at the processes: %w", err)
	}
	var all []string
	for _, p := range procs {
		s, err := p.Stat()
		if err != nil || dead(s) || isKernel(s) {
			continue
		}
		argv, err := p.CmdLine()
		if err != nil {
			continue // it has ended
		}
		exe, _ := p.Executable()
		all = append(all, names(s.Comm, exe, argv)...)
	}
	return all, nil
}

// Absent says for people why nothing matches, when Find has found nothing.
func Absent(m Match) string {
	f, err := newFinder(m)
	switch {
	case err != nil:
		return err.Error()
	case f.nothing != "":
		return f.nothing
	case m.Port != 0 && os.Getuid() != 0:
		return fmt.Sprintf("no process of yours matches %s; as root friday sees who holds the port", m)
	default:
		return "no process matches " + m.String()
	}
}

// means reports whether the process is one that m means.
func (m Match) means(pid int) (bool, error) {
	f, err := newFinder(m)
	if err != nil || f.nothing != "" || f.pid != 0 && f.pid != pid {
		return false, err
	}
	p, err := procfs.NewProc(pid)
	if err == nil {
		_, ok, err := f.match(p)
		return ok, err
	}
	return false, gone(pid, err)
}

// finder holds what is the same for all processes.
type finder struct {
	Match
	boot    string
	uid     uint64
	sockets map[string]bool // "socket:[inode]" of the listening sockets on the port
	pid     int             // from the pid file
	nothing string          // why it is known already that nothing matches
}

func newFinder(m Match) (f finder, err error) {
	if m.Empty() {
		return f, errEmpty
	}
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
		if len(f.sockets) == 0 {
			f.nothing = fmt.Sprintf("nothing listens on TCP port %d", m.Port)
		}
	}
	if m.PIDFile != "" && f.nothing == "" {
		f.pid, f.nothing, err = readPIDFile(m.PIDFile)
	}
	return f, err
}

// userID is the number of a user that is given by name or by number.
func userID(name string) (uint64, error) {
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return n, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, fmt.Errorf("no user is called %s: write a user name or number that exists here", name)
	}
	return strconv.ParseUint(u.Uid, 10, 32)
}

func (f finder) candidates() (procfs.Procs, error) {
	if f.pid != 0 {
		p, err := procfs.NewProc(f.pid)
		if err = gone(f.pid, err); errors.Is(err, ErrGone) {
			return nil, nil
		}
		return procfs.Procs{p}, err
	}
	procs, err := procfs.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("cannot look at the processes: %w", err)
	}
	slices.SortFunc(procs, func(a, b procfs.Proc) int { return a.PID - b.PID })
	return procs, nil
}

// match looks at one process, cheapest things first.
func (f finder) match(p procfs.Proc) (Info, bool, error) {
	s, err := p.Stat()
	if err != nil || dead(s) || isKernel(s) {
		return Info{}, false, gone(p.PID, err)
	}
	argv, err := p.CmdLine()
	if err != nil {
		return Info{}, false, gone(p.PID, err)
	}
	info := Info{ID: ID{PID: p.PID, Start: s.Starttime, Boot: f.boot}, Command: strings.Join(argv, " ")}
	all := names(s.Comm, "", argv)
	info.Name = all[len(all)-1]
	if !f.Name.Empty() {
		exe, _ := p.Executable() // not readable for other users' processes: two names are left
		name, ok := named(f.Name.Match, names(s.Comm, exe, argv))
		if !ok {
			return Info{}, false, nil
		}
		info.Name = name
	}
	if !f.Command.Empty() && !f.Command.Match(info.Command) {
		return Info{}, false, nil
	}
	ok, err := f.matchPlace(p)
	return info, ok, gone(p.PID, err)
}

func named(match func(string) bool, all []string) (string, bool) {
	i := slices.IndexFunc(all, match)
	if i < 0 {
		return "", false
	}
	return all[i], true
}

// matchPlace checks what takes another file to read.
func (f finder) matchPlace(p procfs.Proc) (bool, error) {
	if f.User != "" {
		status, err := p.NewStatus()
		const effective = 1
		if err != nil || status.UIDs[effective] != f.uid {
			return false, err
		}
	}
	if !f.Cgroup.Empty() || f.Unit != "" {
		groups, err := cgroupsOf(p)
		if err != nil || !f.Cgroup.Match(groups.deepest()) || !isUnit(f.Unit, groups.unit()) {
			return false, err
		}
	}
	if f.sockets != nil {
		return holdsSocket(p, f.sockets)
	}
	return true, nil
}

// isUnit lets checkout stand for checkout.service; no name at all means any.
func isUnit(want, unit string) bool { return want == "" || want == unit || want+".service" == unit }

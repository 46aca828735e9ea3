package proc

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// always are the programs without which a machine can be neither reached nor mended.
var always = []string{"sshd", "dockerd", "containerd", "systemd", "init"}

// Protected tells which processes no attack may touch.
type Protected struct {
	own  map[int]string
	also []Match
}

// NewProtected protects, besides pid 1, kernel threads, sshd, the Docker daemon and Friday with all its ancestors and its
// guard, the processes that the user lists.
func NewProtected(also []Match) (*Protected, error) {
	p := &Protected{own: map[int]string{1: "pid 1", os.Getpid(): "Friday itself"}, also: also}
	me, err := readStat(os.Getpid())
	if err != nil {
		return nil, err
	}
	above, err := ancestorsOf(me)
	if err != nil {
		return nil, err
	}
	for _, a := range above {
		p.own[a.PID] = "an ancestor of Friday"
	}
	return p, nil
}

// Reason says why the process must not be attacked, or "" if it may be. What cannot be looked at is protected.
func (p *Protected) Reason(pid int) string {
	if why := p.own[pid]; why != "" {
		return why
	}
	s, err := readStat(pid)
	switch {
	case errors.Is(err, ErrGone):
		return ""
	case err != nil:
		return err.Error()
	case isKernel(s):
		return "a kernel thread"
	}
	argv := commandLine(pid)
	for _, name := range names(s.Comm, "", argv) {
		if slices.Contains(always, name) {
			return "always protected (" + name + ")"
		}
	}
	if len(argv) > 1 && argv[1] == "guard" && s.PPID == os.Getpid() {
		return "Friday's guard"
	}
	return p.listed(pid)
}

func (p *Protected) listed(pid int) string {
	for _, m := range p.also {
		meant, err := m.means(pid)
		switch {
		case errors.Is(err, ErrGone):
		case err != nil:
			return fmt.Sprintf("cannot tell whether it is protected: %v", err)
		case meant:
			return fmt.Sprintf("listed under protected: in friday.yaml (%s)", m)
		}
	}
	return ""
}

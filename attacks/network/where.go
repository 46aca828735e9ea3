// Package network attacks networks: it cuts, slows and spoils what goes through a network namespace, with netlink and
// nftables and nothing else.
package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/radius"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/internal/site"
)

// Where says in which network namespaces a fault is put. Exactly one field is set.
type Where struct {
	Host      bool         `yaml:"host" doc:"the network of this host itself; what it forwards for its containers is hit, too"`
	NetNS     string       `yaml:"netns" doc:"a named network namespace, as ip netns lists it"`
	Process   proc.Match   `yaml:"process" doc:"the network namespaces of these processes; never that of the host"`
	Container docker.Match `yaml:"container" doc:"the network namespaces of these containers; never that of the host"`
}

// Targets are the parameters that every attack on a network has.
type Targets struct {
	In            Where `yaml:"in" required:"true" doc:"where the fault is put: host, netns, process or container"`
	radius.Radius `yaml:",inline"`
}

// Check finds what the types of the parameters do not tell.
func (t *Targets) Check() []diag.FieldError {
	return append(t.In.check("in"), t.Radius.Check()...)
}

func (w Where) check(field string) []diag.FieldError {
	if w.set() != 1 {
		return []diag.FieldError{{Field: field, Msg: "exactly one of host: true, netns, process and container is needed"}}
	}
	return nil
}

// set counts the fields that say something.
func (w Where) set() int {
	n := 0
	for _, is := range []bool{w.Host, w.NetNS != "", !w.Process.Empty(), !w.Container.Empty()} {
		if is {
			n++
		}
	}
	return n
}

// place is one network namespace that is to be hit.
type place struct {
	Name string // for people: web-1 (container 0a1b2c3d4e5f)
	NS   netns.ID
	Path string // where it was found, and is looked for first
}

// candidate is somebody who lives in a namespace.
type candidate struct {
	name string
	pid  int // 0 for a namespace that is named itself
	open func() (*netns.Handle, error)
}

// choose finds the namespaces, within all limits.
func (t *Targets) choose(ctx context.Context) ([]place, error) {
	places, err := t.matching(ctx)
	if err != nil {
		return nil, err
	}
	picked, _, err := radius.Choose(&t.Radius, places)
	return picked, err
}

// matching finds all namespaces that are meant, before any is picked. As with processes, a protected one among them is a
// reason to refuse.
func (t *Targets) matching(ctx context.Context) ([]place, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all, err := t.In.candidates(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.refuseProtected(all); err != nil {
		return nil, err
	}
	return t.In.places(all)
}

func (w Where) candidates(ctx context.Context) ([]candidate, error) {
	switch {
	case w.Host:
		return []candidate{{name: "this host", open: hostNS}}, nil
	case w.NetNS != "":
		return []candidate{{name: "network namespace " + w.NetNS, open: func() (*netns.Handle, error) { return netns.Named(w.NetNS) }}}, nil
	case !w.Container.Empty():
		return ofContainers(ctx, w.Container)
	default:
		return ofProcesses(w.Process)
	}
}

// hostNS is the namespace of pid 1, which need not be our own. Where that may not be looked at, as in a container, our own
// is all the host there is.
func hostNS() (*netns.Handle, error) {
	h, err := netns.OfProcess(1)
	if errors.Is(err, fs.ErrPermission) {
		return netns.Self()
	}
	return h, err
}

func ofProcesses(m proc.Match) ([]candidate, error) {
	found, err := proc.Find(m)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %s", attacks.ErrNoTarget, proc.Absent(m))
	}
	var all []candidate
	for _, p := range found {
		all = append(all, candidate{name: p.String(), pid: p.PID, open: func() (*netns.Handle, error) { return netns.OfProcess(p.PID) }})
	}
	return all, nil
}

func ofContainers(ctx context.Context, m docker.Match) ([]candidate, error) {
	running, err := containers(ctx, m)
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, c := range running {
		all = append(all, candidate{name: c.String(), pid: c.PID, open: func() (*netns.Handle, error) { return netns.OfProcess(c.PID) }})
	}
	return all, nil
}

// containers lists the running containers that are meant.
func containers(ctx context.Context, m docker.Match) ([]docker.Local, error) {
	running, of, err := docker.OnThisHost(ctx, m)
	if err == nil && len(running) == 0 {
		err = fmt.Errorf("%w: %d containers have %s, and none of them runs", attacks.ErrNoTarget, of, m)
	}
	return running, err
}

func (t *Targets) refuseProtected(all []candidate) error {
	reason, err := t.Protected()
	if err != nil {
		return err
	}
	var failed []error
	for _, c := range all {
		if c.pid == 0 {
			continue
		}
		if why := reason(c.pid); why != "" {
			failed = append(failed, fmt.Errorf("%s is protected and never attacked: %s: select more narrowly", c.name, why))
		}
	}
	return several.Errors(failed...)
}

// places opens every candidate's namespace once, to see which it is. Several candidates may live in one.
func (w Where) places(all []candidate) ([]place, error) {
	host, err := idOf(hostNS)
	if err != nil {
		return nil, err
	}
	var places []place
	var names [][]string // of each place
	var failed []error
	for _, c := range all {
		found, err := c.place()
		switch {
		case errors.Is(err, netns.ErrGone) && c.pid == 0:
			failed = append(failed, fmt.Errorf("%w: there is no %s", attacks.ErrNoTarget, c.name))
			continue
		case errors.Is(err, netns.ErrGone):
			continue // it has just ended
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", c.name, err))
			continue
		}
		if found.NS == host && !w.Host {
			failed = append(failed, fmt.Errorf("%s is on the network of the host itself: if that is meant, say in: {host: true}", c.name))
			continue
		}
		i := slices.IndexFunc(places, func(p place) bool { return p.NS == found.NS })
		if i < 0 {
			i = len(places)
			places, names = append(places, found), append(names, nil)
		}
		names[i] = append(names[i], c.name)
		places[i].Name = enumerate(names[i])
	}
	if len(places) == 0 && len(failed) == 0 {
		return nil, fmt.Errorf("%w: it has just ended", attacks.ErrNoTarget)
	}
	return places, several.Errors(failed...)
}

// place opens the namespace once, to see which it is.
func (c candidate) place() (place, error) {
	h, err := c.open()
	if err != nil {
		return place{}, err
	}
	return place{Name: c.name, NS: h.ID, Path: h.Path}, h.Close()
}

func idOf(open func() (*netns.Handle, error)) (netns.ID, error) {
	p, err := candidate{open: open}.place()
	return p.NS, err
}

// ownPaths are the connections of Friday's own that go through the namespace.
func (t *Targets) ownPaths(p place) ([]attacks.Path, error) {
	ours, err := isOurs(p)
	if !ours || err != nil {
		return nil, err
	}
	return t.Limits().Paths, nil
}

// isOurs reports whether it is the namespace of this process or of the host.
func isOurs(p place) (bool, error) {
	self, err := idOf(netns.Self)
	if err != nil {
		return false, err
	}
	host, err := idOf(hostNS)
	return p.NS == self || p.NS == host, err
}

// sites tells where a fault is: in a network namespace, not in a process. Who shares it is behind the same cut.
func sites(id netns.ID, hints ...string) ([]site.Site, error) {
	h, err := netns.Open(id, hints...)
	if err != nil {
		return nil, err
	}
	if err := h.Close(); err != nil {
		return nil, err
	}
	self, err := proc.Self()
	if err != nil {
		return nil, err
	}
	return []site.Site{{Host: self.Host, NetNS: id.Inode}}, nil
}

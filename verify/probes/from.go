package probes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/several"
)

// From says in which network namespace a connection begins, so that it goes the way that somebody inside goes. The zero
// From is where Friday runs; else exactly one field is set. It is looked up anew for every connection: a container that
// was started again has another namespace.
type From struct {
	Container docker.Match `yaml:"container" doc:"the network namespace of this container, whose engine must be on this host"`
	NetNS     string       `yaml:"netns" doc:"a named network namespace, as ip netns lists it"`
	Process   proc.Match   `yaml:"process" doc:"the network namespace of this process"`
}

// here reports whether connections begin where Friday runs.
func (f From) here() bool { return f.set() == 0 }

func (f From) set() int {
	n := 0
	for _, is := range []bool{!f.Container.Empty() || f.Container.Engine != "", f.NetNS != "", !f.Process.Empty()} {
		if is {
			n++
		}
	}
	return n
}

// faults are those of the parameters, for a connection to host.
func (f From) faults(host string) []diag.FieldError {
	var faults []diag.FieldError
	switch {
	case f.here():
		return nil
	case f.set() > 1:
		faults = append(faults, diag.FieldError{Field: "from", Msg: "can be only one of container, netns and process"})
	case f.Container.Engine != "" && f.Container.Empty():
		faults = append(faults, diag.FieldError{Field: "from.container", Msg: "needs at least one of " + docker.Fields})
	}
	if f.Process.Port < 0 || f.Process.Port > 65535 {
		faults = append(faults, diag.FieldError{Field: "from.process.port", Msg: fmt.Sprintf("%d is not a port: write a number from 1 to 65535", f.Process.Port)})
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && f.Container.Empty() {
		faults = append(faults, diag.FieldError{Field: "from", Msg: fmt.Sprintf("%s cannot be resolved from inside: write an IP address; only in a container names can be used", host)})
	}
	return faults
}

// elsewhere is the error of a look at what cannot be seen from here.
func (f From) elsewhere() error {
	return errors.New("the address is one of another network namespace: who listens there is not looked up")
}

// dial connects from inside. What keeps it from getting there is an insideError, for it says nothing about the address.
func (f From) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if f.here() {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	inside, err := f.open(ctx)
	if err != nil {
		return nil, &insideError{err}
	}
	conn, err := dialInside(ctx, inside, network, address)
	if closed := inside.Close(); closed != nil && err == nil {
		return nil, errors.Join(&insideError{closed}, conn.Close())
	}
	return conn, err
}

// insideError means that nobody could get to where the connection was to begin.
type insideError struct{ error }

func (e *insideError) Unwrap() error { return e.error }

// open finds the namespace.
func (f From) open(ctx context.Context) (*netns.Handle, error) {
	switch {
	case f.NetNS != "":
		h, err := netns.Named(f.NetNS)
		if errors.Is(err, netns.ErrGone) {
			return nil, fmt.Errorf("there is no network namespace called %s", f.NetNS)
		}
		return h, err
	case !f.Container.Empty():
		found, err := localContainers(ctx, f.Container)
		if err != nil {
			return nil, err
		}
		var names []string
		var pids []int
		for _, c := range found {
			names, pids = append(names, c.String()), append(pids, c.PID)
		}
		return common(names, pids)
	default:
		found, err := proc.Find(f.Process)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, errors.New(proc.Absent(f.Process))
		}
		var names []string
		var pids []int
		for _, p := range found {
			names, pids = append(names, p.String()), append(pids, p.PID)
		}
		return common(names, pids)
	}
}

// common is the one namespace that all processes are in; if they are in several, nobody knows which is meant.
func common(names []string, pids []int) (*netns.Handle, error) {
	var handles []*netns.Handle
	var failed []error
	for _, pid := range pids {
		h, err := netns.OfProcess(pid)
		switch {
		case errors.Is(err, netns.ErrGone):
		case err != nil:
			failed = append(failed, err)
		default:
			handles = append(handles, h)
		}
	}
	err := several.Errors(failed...)
	switch {
	case err != nil:
	case len(handles) == 0:
		err = fmt.Errorf("%s has just ended", strings.Join(names, ", "))
	case slices.ContainsFunc(handles, func(h *netns.Handle) bool { return h.ID != handles[0].ID }):
		err = fmt.Errorf("%s have different networks: select one of them", strings.Join(names, ", "))
	default:
		return handles[0], closeAll(handles[1:])
	}
	return nil, errors.Join(err, closeAll(handles))
}

func closeAll(handles []*netns.Handle) error {
	var failed []error
	for _, h := range handles {
		failed = append(failed, h.Close())
	}
	return several.Errors(failed...)
}

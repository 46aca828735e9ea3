package probes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// ProcessKind is the probe `process`.
var ProcessKind = verify.ProbeKind{
	Name:    "process",
	Summary: "looks for a live process; a zombie, or one that is stopped or in a paused container, does not count",
	Example: `{name: nginx, count: 2}`,
	New:     func() verify.Probe { return &Process{Count: 1} },
}

// Process looks for processes that run.
type Process struct {
	proc.Match `yaml:",inline"`
	Count      int `yaml:"count" default:"1" min:"1" doc:"how many must run, at least"`
}

var (
	_ verify.Sited   = (*Process)(nil)
	_ diag.Validator = (*Process)(nil)
)

// Validate lists all faults in the parameters.
func (p *Process) Validate() []diag.FieldError {
	var faults []diag.FieldError
	if p.Empty() {
		faults = append(faults, diag.FieldError{Msg: "needs at least one of name, command, pid_file, port, user, cgroup, unit"})
	}
	if p.Port < 0 || p.Port > 65535 {
		faults = append(faults, diag.FieldError{Field: "port", Msg: fmt.Sprintf("%d is not a port: write a number from 1 to 65535", p.Port)})
	}
	if p.Count < 1 {
		faults = append(faults, diag.FieldError{Field: "count", Msg: fmt.Sprintf("%d processes are always there: write 1 or more", p.Count)})
	}
	return faults
}

// Check looks once.
func (p *Process) Check(context.Context) (verify.Pulse, error) {
	found, err := p.find()
	if err != nil {
		return verify.Pulse{}, err
	}
	var running, all []string
	halted := map[string][]string{} // by why
	for _, f := range found {
		name := f.String()
		why, err := f.Halted()
		switch {
		case errors.Is(err, proc.ErrGone):
			continue
		case err != nil:
			return verify.Pulse{}, fmt.Errorf("cannot look at %s: %w", name, err)
		case why != "":
			halted[why] = append(halted[why], name)
		default:
			running = append(running, name)
		}
		all = append(all, name)
	}
	return p.judge(running, halted, all), nil
}

// judge tells what is there. The subject holds the halted processes as well: one that goes on is no restart.
func (p *Process) judge(running []string, halted map[string][]string, all []string) verify.Pulse {
	pulse := verify.Pulse{
		OK:      len(running) >= p.Count,
		Detail:  fmt.Sprintf("%d running", len(running)),
		Subject: strings.Join(all, ", "),
	}
	switch {
	case len(all) == 0:
		pulse.Detail = "no such process"
	case !pulse.OK && p.Count > 1:
		pulse.Detail = fmt.Sprintf("%d of %d running", len(running), p.Count)
	}
	for _, why := range slices.Sorted(maps.Keys(halted)) {
		pulse.Detail = fmt.Sprintf("%s, %s: %s", pulse.Detail, why, strings.Join(halted[why], ", "))
	}
	return pulse
}

// Sites tells where the processes live.
func (p *Process) Sites(context.Context) ([]site.Site, error) {
	found, err := p.find()
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("no such process")
	}
	return sitesOf(found)
}

// find lists the live processes that are meant, by pid. A command line that is searched for may also stand in our own
// and in that of whoever started us, say a shell; those are never meant.
func (p *Process) find() ([]proc.Info, error) {
	found, err := proc.Find(p.Match)
	if err != nil || p.Command.Empty() {
		return found, err
	}
	self, err := proc.Self()
	if err != nil {
		return nil, fmt.Errorf("cannot tell which process is our own: %w", err)
	}
	return slices.DeleteFunc(found, func(f proc.Info) bool {
		return slices.ContainsFunc(append(self.Ancestors, self.Process), func(own site.Process) bool { return own.PID == f.PID })
	}), nil
}

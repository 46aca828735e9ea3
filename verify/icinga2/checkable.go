package icinga2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// attrs are the attributes of a host or a service that tell how it is.
type attrs struct {
	HostName  text          `json:"host_name"`
	Name      text          `json:"name"`
	Display   text          `json:"display_name"`
	Groups    texts         `json:"groups"`
	Vars      lax[mapOfAny] `json:"vars"`
	State     firm          `json:"state"`
	StateType firm          `json:"state_type"` // 0 SOFT, 1 HARD
	Changed   num           `json:"last_state_change"`
	Before    num           `json:"previous_state_change"`
	Hard      firm          `json:"last_hard_state_change"`
	Checked   firm          `json:"last_check"`
	Due       num           `json:"next_check"`
	Attempt   num           `json:"check_attempt"`
	Attempts  num           `json:"max_check_attempts"`
	Every     num           `json:"check_interval"`
	Retry     num           `json:"retry_interval"`
	Command   text          `json:"check_command"`
	Period    text          `json:"check_period"`
	Active    num           `json:"enable_active_checks"`
	Notifies  firm          `json:"enable_notifications"`
	Acked     num           `json:"acknowledgement"`
	AckedAt   num           `json:"acknowledgement_last_change"`
	Downtimes firm          `json:"downtime_depth"`
	Flapping  num           `json:"flapping"`
	Reachable firm          `json:"last_reachable"`
	Result    lax[result]   `json:"last_check_result"`
	Warning   num           `json:"last_state_warning"`
	Critical  num           `json:"last_state_critical"`
	Unknown   num           `json:"last_state_unknown"`
	Down      num           `json:"last_state_down"`
}

type mapOfAny map[string]any

// result is what a check said.
type result struct {
	Output text `json:"output"`
	Exit   num  `json:"exit_status"`
	Start  num  `json:"execution_start"`
	End    num  `json:"execution_end"`
}

var attributes = []string{
	"name", "display_name", "groups", "vars", "state", "state_type", "last_state_change", "previous_state_change",
	"last_hard_state_change", "last_check", "next_check", "check_attempt", "max_check_attempts", "check_interval",
	"retry_interval", "check_command", "check_period", "enable_active_checks", "enable_notifications", "acknowledgement",
	"acknowledgement_last_change", "downtime_depth", "flapping", "last_reachable", "last_check_result",
}

// checkable is a host or a service.
type checkable struct {
	attrs
	key     string // host, or host!service
	host    string
	service string // "" for a host
}

// checkables lists the hosts, then the services, each by name.
func (s *Source) checkables(ctx context.Context) ([]checkable, error) {
	hosts, err := objects[attrs](ctx, s, "hosts", s.only("host.name"), append(slices.Clone(attributes), "last_state_down")...)
	if err != nil {
		return nil, err
	}
	services, err := objects[attrs](ctx, s, "services", s.only("host.name"), append(slices.Clone(attributes),
		"host_name", "last_state_warning", "last_state_critical", "last_state_unknown")...)
	if err != nil {
		return nil, err
	}
	var all []checkable
	for _, o := range hosts {
		all = append(all, checkable{attrs: *o.Attrs, key: o.Name, host: o.Name})
	}
	if err := s.missing(all); err != nil {
		return nil, err
	}
	for _, o := range services {
		host, service, _ := strings.Cut(o.Name, "!")
		all = append(all, checkable{attrs: *o.Attrs, key: o.Name, host: host, service: service})
	}
	for _, c := range all {
		if !c.whole() {
			return nil, fmt.Errorf("the answer does not tell the whole state of %s, so it cannot be trusted", c.key)
		}
	}
	slices.SortStableFunc(all, func(a, b checkable) int { return strings.Compare(a.key, b.key) })
	return all, nil
}

// whole reports whether all was told that a problem may hang on.
func (c *checkable) whole() bool {
	for _, f := range []firm{c.State, c.StateType, c.Hard, c.Checked, c.Notifies, c.Downtimes, c.Reachable} {
		if !f.told {
			return false
		}
	}
	return true
}

// only is the filter for the hosts that were named.
func (s *Source) only(attr string) string {
	terms := make([]string, len(s.hosts))
	for i, h := range s.hosts {
		terms[i] = attr + "==" + strconv.Quote(h)
	}
	return strings.Join(terms, "||")
}

// missing: a host that is not there would pass for one without problems.
func (s *Source) missing(hosts []checkable) error {
	var failed []error
	for _, name := range s.hosts {
		if !slices.ContainsFunc(hosts, func(c checkable) bool { return c.key == name }) {
			failed = append(failed, fmt.Errorf("hosts: Icinga has no host named %q", name))
		}
	}
	return errors.Join(failed...)
}

var (
	serviceStates = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}
	hostStates    = []string{"UP", "DOWN"}
)

// state is the name of the state.
func (c *checkable) state() string {
	names := serviceStates
	if c.service == "" {
		names = hostStates
	}
	if i := int(c.State.num); i >= 0 && i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("state %g", c.State.num)
}

func (c *checkable) hard() bool { return c.StateType.num == 1 }

// pending reports whether it has never been checked: then its state says nothing.
func (c *checkable) pending() bool { return c.Checked.num <= 0 }

func (c *checkable) problem() bool { return c.State.num != 0 && !c.pending() }

// lastBad is when a check last said that something is wrong; zero if none ever did.
func (c *checkable) lastBad() time.Time { return max(c.Warning, c.Critical, c.Unknown, c.Down).time() }

func (c *checkable) display() string {
	switch {
	case c.Display != "":
		return string(c.Display)
	case c.service != "":
		return c.service
	default:
		return c.host
	}
}

// what it is, for people.
func (c *checkable) what() string {
	if c.service == "" {
		return "host " + c.key
	}
	return "service " + c.key
}

func (c *checkable) output() string {
	if c.Result.v == nil {
		return ""
	}
	first, _, _ := strings.Cut(string(c.Result.v.Output), "\n")
	return strings.TrimSpace(first)
}

// took is how long the last check ran.
func (c *checkable) took() time.Duration {
	if c.Result.v == nil {
		return 0
	}
	return max(0, c.Result.v.End.time().Sub(c.Result.v.Start.time()))
}

// private are parts of the names of variables whose values nobody should read in a report.
var private = []string{"pass", "secret", "token", "community", "key", "auth", "cred"}

// labels are what it can be told by: host, service, groups, and its variables that are plain values.
func (c *checkable) labels() map[string]string {
	found := map[string]string{}
	if c.Vars.v != nil {
		for name, v := range *c.Vars.v {
			if slices.ContainsFunc(private, func(p string) bool { return strings.Contains(strings.ToLower(name), p) }) {
				continue
			}
			switch v.(type) {
			case string, float64, bool:
				found[name] = fmt.Sprint(v)
			}
		}
	}
	found["host"] = c.host
	if c.service != "" {
		found["service"] = c.service
	}
	if len(c.Groups) > 0 {
		found["groups"] = strings.Join(c.Groups, ",")
	}
	return found
}

// Package suggest drafts a scenario for an alert that no run has proven: what to break, by what the rule looks at and what
// runs on this machine, and what to expect. It only drafts: whoever uses it looks at the plan first. It is pure; what runs
// here is given to it.
package suggest

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/promql"
)

// Rule is the alert to prove.
type Rule struct {
	Name     string
	Expr     string
	For      time.Duration
	Interval time.Duration // between evaluations; 0: not known
	Where    string        // group and file, or server
	// KeepFiringFor is how long it fires on when its expression is not true any more.
	KeepFiringFor time.Duration
	Labels        map[string]string // that it sets itself
	Annotations   map[string]string
	Namesakes     bool // there are other rules of its name
}

// Hints are what the series that a rule looks at tell of its target.
type Hints struct {
	Instances []string // host:port, sorted
	Names     []string // values of job, service and the like, sorted
	// Absent is whether the rule waits for something to be missing, or for up to be 0: it looks at death, not at slowness.
	Absent bool
	// Slow is whether it looks at how long something takes.
	Slow bool
}

// naming are the labels whose values may be the name of a process, a container or a service, the most telling first.
func naming() []string {
	return []string{"service", "container", "name", "container_label_com_docker_compose_service", "app", "application", "job", "pod", "process", "groupname"}
}

// Labels are the labels that hints are made of.
func Labels() []string { return append([]string{"instance"}, naming()...) }

// HintsOf are the hints in an expression and in the labels of series that it selects. An expression that cannot be parsed
// gives none but those of the series.
func HintsOf(expr string, series []map[string]string) Hints {
	var h Hints
	instances, names := map[string]bool{}, map[string]bool{}
	take := func(label, value string) {
		switch {
		case value == "":
		case label == "instance":
			instances[value] = true
		case slices.Contains(naming(), label):
			names[value] = true
		}
	}
	if parsed, err := promql.Parse(expr); err == nil {
		for _, s := range parsed.Selectors() {
			h.Absent = h.Absent || s.Absent || s.Metric == "up"
			h.Slow = h.Slow || s.In("histogram_quantile") || slow.MatchString(s.Metric)
			for _, m := range s.Matchers {
				if m.Op == "=" {
					take(m.Name, m.Value)
				}
			}
		}
	}
	for _, one := range series {
		for label, value := range one {
			take(label, value)
		}
	}
	h.Instances, h.Names = sorted(instances), sorted(names)
	return h
}

var slow = regexp.MustCompile(`latency|duration|response_time|delay`)

func sorted(set map[string]bool) []string {
	all := make([]string, 0, len(set))
	for value := range set {
		all = append(all, value)
	}
	slices.Sort(all)
	return all
}

// Target is something that runs on this machine and may be what the rule looks at.
type Target struct {
	Container bool
	Name      string // of the program or container; neither command lines nor environments, which may hold secrets
	Project   string // Compose project and service of a container, if it has them
	Service   string
	Port      int    // on which it listens, where that is how it was found
	Unit      string // systemd unit of a process
	Count     int    // how many match
	NoStop    string // why the container would not come back if it were stopped; empty if it would
	URL       string // that answers on this machine with Status; empty if none does
	Status    int
	By        By
}

// By is how a target was found, the surest first.
type By int

// The ways in which a target is found.
const (
	ByPort By = iota // it listens where the instance is scraped
	ByName           // it has the name
	ByPart           // its name begins with the name
)

// Why is the reason, for people.
func (t Target) Why(h Hints) string {
	switch t.By {
	case ByPort:
		return "it listens where the rule’s instance is: " + Few(h.Instances)
	case ByName:
		return "it is called like what the rule looks at: " + Few(h.Names)
	default:
		return "its name begins like what the rule looks at: " + Few(h.Names)
	}
}

// same reports whether another target is this one, found in another way, or a replica that the same selector means.
func (t Target) same(o Target) bool {
	return t.Container == o.Container && (t.Name == o.Name && t.Project == o.Project || matching(t) == matching(o))
}

// Few are some of many, and how many there are more.
func Few(all []string) string {
	const some = 5
	if len(all) <= some {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:some], ", "), len(all)-some)
}

// Address is where an instance is: host:port, or a URL, which exporters that look at others from outside have. The port is
// 0 where it is not said.
func Address(instance string) (host string, port int) {
	if u, err := url.Parse(instance); err == nil && u.Hostname() != "" {
		port, _ = strconv.Atoi(cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]))
		return u.Hostname(), port
	}
	host, text, err := net.SplitHostPort(instance)
	if err != nil {
		return strings.Trim(instance, "[]"), 0
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 || port > 65535 {
		port = 0
	}
	return host, port
}

// Rank sorts targets, the likeliest first, and leaves out what is there twice. It is the same for the same targets in
// whatever order.
func Rank(all []Target) []Target {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Target) int {
		container := func(t Target) int {
			if t.Container {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.By, b.By), cmp.Compare(container(a), container(b)), cmp.Compare(a.Count, b.Count), strings.Compare(a.Name, b.Name), cmp.Compare(a.Port, b.Port))
	})
	var kept []Target
	for _, t := range all {
		if !slices.ContainsFunc(kept, t.same) {
			kept = append(kept, t)
		}
	}
	return kept
}

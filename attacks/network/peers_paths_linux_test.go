package network

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
)

var (
	host = Where{Host: true}
	ways = []attacks.Path{
		{What: "source pagerduty (api.pagerduty.com:443)", Remote: netip.MustParseAddrPort("192.0.2.10:443"), Named: true},
		{What: "the login from 198.51.100.7", Remote: netip.MustParseAddrPort("198.51.100.7:50022"), Local: 22},
	}
)

// TestOurOwnWaysAreNeverCut only plans: nothing is installed on the host.
func TestOurOwnWaysAreNeverCut(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	for name, c := range map[string]struct {
		attack attacks.Attack
		want   []string // each in the error; none means that there is no error
	}{
		"everything":              {&Partition{In: host, Filter: Filter{Peers: []string{everything}}}, []string{"source pagerduty", "the login"}},
		"all of four":             {&Partition{In: host, Filter: Filter{Peers: []string{"0.0.0.0/0"}}}, []string{"source pagerduty", "the login"}},
		"the source":              {&Partition{In: host, Filter: Filter{Peers: []string{"192.0.2.0/24"}, Ports: []Ports{{443, 443}}}}, []string{"source pagerduty"}},
		"the source, other ports": {&Partition{In: host, Filter: Filter{Peers: []string{"192.0.2.10"}, Ports: []Ports{{444, 500}}}}, nil},
		"the login":               {&Partition{In: host, Filter: Filter{Peers: []string{everything}, Ports: []Ports{{22, 22}}}}, []string{"the login"}},
		"names":                   {&Partition{In: host, Filter: Filter{Peers: []string{everything}, Ports: []Ports{{53, 53}}, Protocol: "udp"}}, []string{"could not look up the name of source pagerduty"}},
		"somebody else":           {&Partition{In: host, Filter: Filter{Peers: []string{"203.0.113.0/24"}}}, nil},
		"loss of everything":      {&Loss{Targets: Targets{In: host}, Percent: 1}, []string{"source pagerduty", "the login"}},
		"loss of somebody else":   {&Loss{Targets: Targets{In: host}, Percent: 1, Filter: Filter{Peers: []string{"203.0.113.9"}}}, nil},
		"dns":                     {&DNS{Targets: Targets{In: host}}, []string{"could not look up the name of source pagerduty"}},
	} {
		for _, limits := range []attacks.Limits{{Paths: ways}, {}} {
			c.attack.(attacks.Limited).Limit(limits)
			changes, err := c.attack.Plan(t.Context())
			if limits.Paths == nil || len(c.want) == 0 {
				if err != nil || len(changes) != 1 {
					t.Errorf("%s, %d ways: got %d changes, %v", name, len(limits.Paths), len(changes), err)
				}
				continue
			}
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) || len(changes) > 0 {
					t.Errorf("%s: got %d changes, %v, want %q", name, len(changes), err, want)
				}
			}
		}
	}
}

// TestWaysMatterOnlyWhereTheyGo: in a namespace of its own nothing of Friday's is hit.
func TestWaysMatterOnlyWhereTheyGo(t *testing.T) {
	t.Parallel()
	a := newStation(t)
	for _, attack := range []attacks.Attack{
		cutOff(a, Filter{Peers: []string{everything}}), &Loss{Targets: Targets{In: a.in()}, Percent: 1}, &DNS{Targets: Targets{In: a.in()}},
	} {
		attack.(attacks.Limited).Limit(attacks.Limits{Paths: ways})
		if changes, err := attack.Plan(t.Context()); err != nil || len(changes) != 1 {
			t.Errorf("got %d changes, %v", len(changes), err)
		}
	}
}

func TestAllReasonsAtOnce(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	p := &Partition{In: nowhere, Filter: Filter{Peers: []string{"nobody.invalid", "localhost"}, lookup: fakeNames}}
	_, err := p.Plan(t.Context())
	for _, want := range []string{"no process matches", "address of nobody.invalid", "loopback as a whole"} {
		if !contains(err, want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

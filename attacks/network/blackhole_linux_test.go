package network

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
)

// routesIn are all routes of all tables of the near end, in words.
func (l *line) routesIn(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	l.do(t, func(in *inside) error {
		for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
			all, err := in.RouteListFiltered(family, &netlink.Route{}, netlink.RT_FILTER_TABLE)
			if err != nil {
				return err
			}
			for _, r := range all {
				fmt.Fprintln(&b, r)
			}
		}
		return nil
	})
	return b.String()
}

func TestBlackholeConforms(t *testing.T) {
	t.Parallel()
	attacktest.Suite{Kind: BlackholeKind, Setup: func(t *testing.T) attacktest.Target {
		l := newLine(t)
		return attacktest.Target{
			Attack:  &Blackhole{Targets: l.targets(), To: []string{far4, far6}, Type: "blackhole"},
			Nothing: &Blackhole{Targets: nobody, To: []string{far4}},
			State:   func() string { return l.routesIn(t) },
			Works:   func() bool { return l.reaches(t, far4) && l.reaches(t, far6) },
			End:     func() { l.near.end(t) },
			Forge:   forged(t, func(u *routesUndo) { u.NS.Cookie++; u.NS.Boot += "x" }),
		}
	}}.Run(t)
}

func TestBlackholeIsSeenByPrograms(t *testing.T) {
	t.Parallel()
	for typ, want := range map[Nowhere]error{"": unix.EINVAL, "blackhole": unix.EINVAL, "unreachable": unix.EHOSTUNREACH, "prohibit": unix.EACCES} {
		t.Run("type "+string(typ), func(t *testing.T) {
			t.Parallel()
			l := newLine(t)
			before := l.routesIn(t)
			a := &Blackhole{Targets: l.targets(), To: []string{far4, far6}, Type: typ}
			c := injected(t, a)
			for _, addr := range []string{far4, far6} {
				if err := l.dialError(t, addr); !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", addr, err, want)
				}
			}
			wantSoon(t, "who is not meant is there", l.reaches, other4)
			wantSoon(t, "who is not meant is there", l.reaches, other6)
			must(t, a.Revert(t.Context(), c))
			if got := l.routesIn(t); got != before {
				t.Errorf("got %s, was %s", got, before)
			}
			wantSoon(t, "it is there again", l.reaches, far4)
			wantSoon(t, "it is there again", l.reaches, far6)
		})
	}
}

// add adds a route of the user's.
func (l *line) add(t testing.TB, to string, alter func(*netlink.Route)) {
	t.Helper()
	l.do(t, func(in *inside) error {
		r := route{To: netip.MustParsePrefix(to), Protocol: unix.RTPROT_STATIC, Table: unix.RT_TABLE_MAIN}.netlink()
		r.Type = unix.RTN_UNICAST
		eth0, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		r.LinkIndex = eth0.Attrs().Index
		r.Gw = netip.MustParseAddr(map[bool]string{true: far4, false: far6}[netip.MustParsePrefix(to).Addr().Is4()]).AsSlice()
		if alter != nil {
			alter(r)
		}
		return in.RouteAdd(r)
	})
}

func TestBlackholeRouteOfTheUserIsRefused(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.add(t, "0.0.0.0/0", nil)
	l.add(t, "192.0.2.0/24", func(r *netlink.Route) { r.Type, r.LinkIndex, r.Gw = unix.RTN_BLACKHOLE, 0, nil })
	l.add(t, "2001:db8::/32", func(r *netlink.Route) { r.Priority = 1 })
	before := l.routesIn(t)
	for _, to := range []string{"0.0.0.0/0", "192.0.2.0/24", "2001:db8::/32", "10.77.0.0/24"} {
		a := &Blackhole{Targets: l.targets(), To: []string{to, "198.51.100.0/24"}}
		wantRefused(t, a, to, "never replaces", "network.partition")
	}
	if got := l.routesIn(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

func TestBlackholeComesBeforeALaterMetric(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	later := func(r *netlink.Route) { r.Priority = 1024 }
	l.add(t, "192.0.2.0/24", later)
	l.add(t, "2001:db8::/32", later)
	before := l.routesIn(t)
	a := &Blackhole{Targets: l.targets(), To: []string{"192.0.2.0/24", "2001:db8::/32"}, Type: "unreachable"}
	c := injected(t, a)
	for _, addr := range []string{"192.0.2.1", "2001:db8::1"} {
		if err := l.dialError(t, addr); !errors.Is(err, unix.EHOSTUNREACH) {
			t.Errorf("%s: got %v, want no route to host", addr, err)
		}
	}
	must(t, a.Revert(t.Context(), c))
	if got := l.routesIn(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

func TestBlackholeThatCameMeanwhileIsLeft(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Blackhole{Targets: l.targets(), To: []string{"198.51.100.0/24", "192.0.2.0/24"}}
	changes, err := a.Plan(t.Context())
	must(t, err)
	u, err := readRoutes(changes[0])
	must(t, err)
	l.add(t, "198.51.100.0/24", func(r *netlink.Route) { r.Priority = u.Routes[0].Metric })
	before := l.routesIn(t)
	if err := a.Inject(t.Context(), changes[0]); err == nil || !strings.Contains(err.Error(), "never replaces") {
		t.Errorf("got %v, want an error: it came after the plan", err)
	}
	wantFault(t, a, changes[0], false)
	must(t, a.Revert(t.Context(), changes[0]))
	if got := l.routesIn(t); got != before {
		t.Errorf("the route of the user was touched, or one of ours left: %s, was %s", got, before)
	}
}

func TestBlackholeThatIsHalfThereIsNotActive(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	before := l.routesIn(t)
	a := &Blackhole{Targets: l.targets(), To: []string{far4, far6}}
	c := injected(t, a)
	wantRefused(t, a, "friday recover")
	u, err := readRoutes(c)
	must(t, err)
	l.do(t, func(in *inside) error { return in.deleteRoute(u.Routes[0]) })
	wantFault(t, a, c, false)
	must(t, a.Revert(t.Context(), c))
	if got := l.routesIn(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

func TestBlackholeThatWouldBeUselessIsRefused(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	wantRefused(t, &Blackhole{Targets: l.targets(), To: []string{near4}}, near4, "network.partition")
	wantRefused(t, &Blackhole{Targets: l.targets(), To: []string{near6}}, near6, "network.partition")
	l.add(t, "203.0.113.0/24", func(r *netlink.Route) { r.Table = 77 })
	l.do(t, func(in *inside) error {
		rule := netlink.NewRule()
		rule.Table, rule.Priority, rule.Family = 77, 100, unix.AF_INET
		return in.RuleAdd(rule)
	})
	wantRefused(t, &Blackhole{Targets: l.targets(), To: []string{"203.0.113.0/24"}}, "routing table 77", "network.partition")
}

func TestBlackholeIsSweptByItsMark(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	l.add(t, "192.0.2.0/24", func(r *netlink.Route) { r.Type, r.LinkIndex, r.Gw = unix.RTN_BLACKHOLE, 0, nil })
	before := l.routesIn(t)
	a := &Blackhole{Targets: l.targets(), To: []string{far4, far6, "198.51.100.0/24"}, Type: "prohibit"}
	c := injected(t, a)
	var lines []string
	l.do(t, func(in *inside) (err error) { lines, err = in.sweepRoutes(); return err })
	if len(lines) != 3 || !strings.Contains(strings.Join(lines, "\n"), "prohibit "+far4+"/32") {
		t.Errorf("got %q, want a line for each of three routes", lines)
	}
	wantFault(t, a, c, false)
	if got := l.routesIn(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
	l.do(t, func(in *inside) (err error) { lines, err = in.sweepRoutes(); return err })
	if len(lines) != 0 {
		t.Errorf("swept what is the user's: %q", lines)
	}
}

// The host's own routes are only looked at here, never touched.
func TestBlackholeKeepsOffOwnWay(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	a := &Blackhole{Targets: Targets{In: Where{Host: true}}, To: []string{"192.0.2.0/24"}}
	a.Limit(attacks.Limits{Paths: []attacks.Path{{What: "source pagerduty", Remote: netip.MustParseAddrPort("192.0.2.7:443")}}})
	wantRefused(t, a, "source pagerduty", "192.0.2.7")
	a.To = []string{"0.0.0.0/0"}
	wantRefused(t, a, "source pagerduty")
	if servers := nameServers(); len(servers) > 0 && !servers[0].IsLoopback() {
		a.To = []string{servers[0].String()}
		a.Limit(attacks.Limits{Paths: []attacks.Path{{What: "source pagerduty", Remote: netip.MustParseAddrPort("192.0.2.7:443"), Named: true}}})
		wantRefused(t, a, "the name of source pagerduty")
	}
}

func TestBlackholeLooksTheSameAfterwards(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	look := func() string {
		return l.shows(t, "ip route show table all") + l.shows(t, "ip -6 route show table all") + l.shows(t, "ip addr")
	}
	before := look()
	a := &Blackhole{Targets: l.targets(), To: []string{far4, far6}}
	c := injected(t, a)
	during := look()
	if !strings.Contains(during, "blackhole "+far4+" proto 213") || !strings.Contains(during, "blackhole "+far6) {
		t.Errorf("got %s, want both routes with our mark", during)
	}
	must(t, a.Revert(t.Context(), c))
	if after := look(); after != before {
		t.Errorf("got %s, was %s", after, before)
	}
}

func TestBlackholeChecksItsParameters(t *testing.T) {
	t.Parallel()
	in := Targets{In: Where{Host: true}}
	for _, test := range []struct {
		to     []string
		fields string
	}{
		{[]string{"10.0.0.0/8", "::/0", "example.org"}, ""},
		{nil, "to"},
		{[]string{"everything"}, "to[0]"},
		{[]string{"10.0.0.1", "127.0.0.1"}, "to[1]"},
		{[]string{"127.0.0.0/8"}, "to[0]"},
		{[]string{"10.0.0.1/8"}, "to[0]"},
	} {
		var fields []string
		for _, f := range (&Blackhole{Targets: in, To: test.to}).Check() {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != test.fields {
			t.Errorf("%q: faults in %q, want %q", test.to, got, test.fields)
		}
	}
	for _, text := range []string{"", "drop", "Blackhole"} {
		if err := new(Nowhere).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

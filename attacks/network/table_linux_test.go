package network

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
)

// foreign are rules of others: those that Docker makes in a container, and some that look a little like ours.
const foreign = `
table ip nat {
	chain DOCKER_OUTPUT {
		ip daddr 127.0.0.11 udp dport 53 counter packets 0 bytes 0 dnat to 127.0.0.11:40001
	}
	chain OUTPUT {
		type nat hook output priority -100; policy accept;
		ip daddr 127.0.0.11 counter packets 0 bytes 0 jump DOCKER_OUTPUT
	}
}
table inet friday_rules {
	set armed {
		type ipv4_addr
		flags interval
		elements = { 192.0.2.0/24 }
	}
	chain input {
		type filter hook input priority raw; policy accept;
		ip saddr @armed drop
	}
}
table ip friday_0123456789ab {
	chain input {
		type filter hook input priority raw; policy accept;
	}
}
table inet filter {
	chain forward {
		type filter hook forward priority filter; policy accept;
		tcp dport 9999 drop
	}
}
`

func TestForeignRulesAreLeftAsTheyWere(t *testing.T) {
	t.Parallel()
	a := newLAN(t, 1)[0]
	a.feed(t, foreign)
	before := a.rules(t)
	for _, attack := range []attacks.Attack{
		&Partition{In: a.in(), Reject: true, Filter: Filter{Peers: []string{"10.0.0.0/8", "fd00::/8"}}},
		&Loss{Targets: Targets{In: a.in()}, Percent: 1},
		&DNS{Targets: Targets{In: a.in()}},
	} {
		changes, err := attack.Plan(t.Context())
		must(t, err)
		if now := a.rules(t); now != before {
			t.Errorf("planning changed the rules:\n%s", now)
		}
		must(t, attack.Inject(t.Context(), changes[0]))
		now := a.rules(t)
		for _, table := range strings.Split(strings.TrimSpace(before), "\ntable ") {
			if !strings.Contains(now, strings.TrimPrefix(table, "table ")) {
				t.Errorf("while it is in force a foreign table is not the same any more: %s\n%s", table, now)
			}
		}
		if now == before {
			t.Error("nothing was installed")
		}
		mend(t, attack, changes[0])
		if now := a.rules(t); now != before {
			t.Errorf("reverting left the rules changed:\n%s\nthey were\n%s", now, before)
		}
	}
}

// TestOnlyWholeTablesAreActive takes one part after the other away.
func TestOnlyWholeTablesAreActive(t *testing.T) {
	t.Parallel()
	a := newLAN(t, 1)[0]
	p := cutOff(a, Filter{Peers: []string{"10.0.0.5"}})
	for _, vandal := range []string{
		"flush table inet %s",
		"flush chain inet %s leaving",
		"flush chain inet %s input",
		"flush chain inet %s fate",
		"flush set inet %s armed",
		"delete element inet %s armed { ipv6 }",
		"delete table inet %s",
		"flush ruleset",
	} {
		c := strike(t, p, 1)[0]
		if !isActive(t, p, c) {
			t.Fatal("the fault is not in force")
		}
		u, err := readTable(c)
		must(t, err)
		a.feed(t, strings.ReplaceAll(vandal, "%s", u.Table))
		if isActive(t, p, c) {
			t.Errorf("active after %s", vandal)
		}
		mend(t, p, c)
	}
}

func TestInjectTwiceIsAnError(t *testing.T) {
	t.Parallel()
	a := newLAN(t, 1)[0]
	p := cutOff(a, Filter{Peers: []string{everything}})
	c := strike(t, p, 1)[0]
	before := a.rules(t)
	if err := p.Inject(t.Context(), c); err == nil {
		t.Error("the same change was made twice")
	}
	if now := a.rules(t); now != before || !isActive(t, p, c) {
		t.Errorf("the second try changed the rules:\n%s", now)
	}
}

// TestAnEarlierBootIsGone: inodes and cookies begin anew with each boot.
func TestAnEarlierBootIsGone(t *testing.T) {
	t.Parallel()
	a := newLAN(t, 1)[0]
	p := cutOff(a, Filter{Peers: []string{everything}})
	c := strike(t, p, 1)[0]
	before := a.rules(t)
	earlier := alter(t, func(u *tableUndo) { u.NS.Boot = "another" })(c)
	mend(t, p, earlier)
	if now := a.rules(t); now != before || isActive(t, p, earlier) {
		t.Errorf("the table of another boot was taken for ours: %s", now)
	}
	if err := p.Renew(t.Context(), earlier); !errors.Is(err, netns.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func TestManyPlacesAtOnce(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 12)
	var groups []Where
	for _, s := range lan {
		groups = append(groups, s.in())
	}
	p := &Partition{Groups: groups}
	changes, err := p.Plan(t.Context())
	if err != nil || len(changes) != len(lan) {
		t.Fatalf("got %d changes, %v", len(changes), err)
	}
	all := func(f func(c attacks.Change) error) {
		var done sync.WaitGroup
		for _, c := range changes {
			done.Go(func() {
				if err := f(c); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
	}
	all(func(c attacks.Change) error { return p.Inject(t.Context(), c) })
	all(func(c attacks.Change) error { return p.Renew(t.Context(), c) })
	all(func(c attacks.Change) error {
		if active, err := p.Active(t.Context(), c); err != nil || !active {
			return fmt.Errorf("%s: active %v, %w", c.Target, active, err)
		}
		return nil
	})
	all(func(c attacks.Change) error { return p.Revert(t.Context(), c) })
	for _, s := range lan {
		if rules := s.rules(t); rules != "" {
			t.Errorf("%s: %s is left", s.name, rules)
		}
	}
}

func TestNamedNamespace(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	name := bind(t, a)
	p := &Partition{In: Where{NetNS: name}, Filter: Filter{Peers: []string{b.ip4.String()}}}
	c := strike(t, p, 1)[0]
	if !isActive(t, p, c) || a.reaches(b.ip4, 7000) || !strings.Contains(c.Target, name) {
		t.Errorf("%s is not in force", c.Target)
	}
	// With the process gone the name alone keeps the namespace, and what was done to it must still be found.
	must(t, a.cmd.Process.Kill())
	_ = a.cmd.Wait() // killed, of course
	must(t, p.Renew(t.Context(), c))
	mend(t, p, c)
	if rules := a.rules(t); rules != "" {
		t.Errorf("reverting left %s", rules)
	}
	_, err := (&Partition{In: Where{NetNS: name + "x"}, Filter: Filter{Peers: []string{everything}}}).Plan(t.Context())
	if !errors.Is(err, attacks.ErrNoTarget) {
		t.Errorf("got %v, want ErrNoTarget", err)
	}
}

func TestHugeRuleset(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	a, b := lan[0], lan[1]
	p := cutOff(a, Filter{Peers: append(manyNetworks(10_000), b.ip4.String())})
	c := strike(t, p, 1)[0]
	if !isActive(t, p, c) || a.reaches(b.ip4, 7000) || !a.answers(b.ip6, 7000) {
		t.Error("one peer of 10,001 is not cut, or a stranger is")
	}
	if len(c.Undo) > 400_000 || len(c.Target) > 200 {
		t.Errorf("the undo has %d bytes, its target %d", len(c.Undo), len(c.Target))
	}
	mend(t, p, c)
	if !a.answers(b.ip4, 7000) {
		t.Error("it is still cut afterwards")
	}
}

// manyNetworks are n networks that do not touch, half of them of each family.
func manyNetworks(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("172.%d.%d.%d/30", 16+i>>14&15, i>>6&255, i&31<<3)
		if i%2 == 1 {
			all[i] = fmt.Sprintf("2001:db8:%x:%x::/64", i>>8, i&255<<1)
		}
	}
	return all
}

// bind gives the namespace a name that ip netns knows, until the end of the test.
func bind(t *testing.T, s *station) string {
	t.Helper()
	must(t, os.MkdirAll("/run/netns", 0o755))
	path := "/run/netns/" + s.name
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0)
	must(t, err, file.Close())
	must(t, mount(fmt.Sprintf("/proc/%d/ns/net", s.cmd.Process.Pid), path))
	t.Cleanup(func() { must(t, unmount(path), os.Remove(path)) })
	return s.name
}

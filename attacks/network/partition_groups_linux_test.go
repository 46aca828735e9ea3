package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

// matrix tells who reaches whom on both families: a line for each station, a letter for each it talks to. x is both, 4 and
// 6 are one alone.
func matrix(t *testing.T, lan []*station) string {
	t.Helper()
	lines := make([][]byte, len(lan))
	var done sync.WaitGroup
	for i, from := range lan {
		lines[i] = make([]byte, len(lan))
		for j, to := range lan {
			done.Go(func() {
				four, six := from.reaches(to.ip4, 7000), from.reaches(to.ip6, 7000)
				lines[i][j] = map[[2]bool]byte{{true, true}: 'x', {true, false}: '4', {false, true}: '6', {false, false}: '-'}[[2]bool{four, six}]
			})
		}
	}
	done.Wait()
	var all []string
	for _, l := range lines {
		all = append(all, string(l))
	}
	return strings.Join(all, " ")
}

// wantMatrix fails the test if somebody reaches whom it should not, or for a while does not reach whom it should.
func wantMatrix(t *testing.T, when string, lan []*station, want string) {
	t.Helper()
	got := matrix(t, lan)
	for range 20 { // the machine may be busy
		if got == want {
			return
		}
		for i := range got {
			if want[i] == '-' && got[i] != '-' {
				t.Errorf("%s: got %s, want %s", when, got, want)
				return
			}
		}
		got = matrix(t, lan)
	}
	t.Errorf("%s: got %s, want %s", when, got, want)
}

// expected is the matrix that a grudge should lead to.
func expected(deaf [][]int) string {
	var all []string
	for _, d := range deaf {
		line := []byte(strings.Repeat("x", len(deaf)))
		for _, j := range d {
			line[j] = '-'
		}
		all = append(all, string(line))
	}
	return strings.Join(all, " ")
}

func injectAll(t *testing.T, a attacks.Attack) []attacks.Change {
	t.Helper()
	changes, err := a.Plan(t.Context())
	must(t, err)
	for _, c := range changes {
		must(t, a.Inject(t.Context(), c))
		t.Cleanup(func() { mend(t, a, c) })
	}
	return changes
}

func TestGroupsAreCutFromEachOther(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 4)
	p := &Partition{Groups: []Where{lan[0].in(), both(lan[1], lan[2])}}
	changes := injectAll(t, p)
	wantMatrix(t, "cut", lan, "x--x -xxx -xxx xxxx") // the last one is in no group
	if len(changes) != 3 || !strings.Contains(changes[0].Target, lan[1].name) || !strings.Contains(changes[0].Target, lan[2].name) {
		t.Errorf("got %d changes, the first is %s", len(changes), changes[0].Target)
	}
	mend(t, p, changes...)
	wantMatrix(t, "afterwards", lan, "xxxx xxxx xxxx xxxx")
}

// both selects two stations by their names.
func both(a, b *station) Where {
	return Where{Process: proc.Match{Name: match.Must(a.name, b.name)}}
}

func TestEveryShapeIsReal(t *testing.T) {
	t.Parallel()
	for _, shape := range []Shape{splitOne, halves, ring, bridge} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			lan := newLAN(t, 5)
			var names []string
			for _, s := range lan {
				names = append(names, s.name)
			}
			p := &Partition{Members: Where{Process: proc.Match{Name: match.Must(names...)}}, Shape: shape}
			p.Limit(attacks.Limits{Seed: 7})
			members, err := p.members(t.Context(), &Targets{})
			must(t, err)
			deaf, err := p.grudge(members, 7)
			must(t, err)
			changes := injectAll(t, p)
			wantMatrix(t, "cut", inOrder(lan, members), expected(deaf))
			mend(t, p, changes...)
			wantMatrix(t, "afterwards", lan, expected(make([][]int, 5)))
		})
	}
}

// inOrder are the stations in the order in which they were found.
func inOrder(lan []*station, members []member) []*station {
	var all []*station
	for _, m := range members {
		i := slices.IndexFunc(lan, func(s *station) bool { return s.ns.ID == m.NS })
		all = append(all, lan[i])
	}
	return all
}

func TestTheSameSeedCutsTheSame(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 4)
	var names []string
	for _, s := range lan {
		names = append(names, s.name)
	}
	targets := func(own, limits uint64) string {
		p := &Partition{Members: Where{Process: proc.Match{Name: match.Must(names...)}}, Shape: splitOne}
		p.Seed = own
		p.Limit(attacks.Limits{Seed: limits})
		changes, err := p.Plan(t.Context())
		must(t, err)
		var all []string
		for _, c := range changes {
			all = append(all, c.Target)
		}
		return strings.Join(all, "\n")
	}
	different := map[string]bool{}
	for seed := range uint64(5) {
		different[targets(0, seed+1)] = true
		if targets(0, seed+1) != targets(seed+1, 99) {
			t.Errorf("seed %d: the seed of the run and one's own cut differently", seed)
		}
	}
	if len(different) < 2 {
		t.Error("5 seeds cut the same one off")
	}
}

func TestWithPortsAndRejectWithinACluster(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	p := &Partition{Groups: []Where{lan[0].in(), lan[1].in()}, Reject: true, Filter: Filter{Ports: []Ports{{7000, 7000}}, Protocol: "tcp"}}
	injectAll(t, p)
	wantMatrix(t, "cut", lan, "x- -x")
	if !lan[0].answers(lan[1].ip6, 7001) || lan[0].gets("udp", lan[1].ip4, 7000) != nil {
		t.Error("more is cut than port 7000 of TCP")
	}
}

func TestGroupsThatCannotBe(t *testing.T) {
	t.Parallel()
	lan := newLAN(t, 2)
	lonely := newStation(t)
	for name, c := range map[string]struct {
		p    *Partition
		want string
		is   error
	}{
		"in two groups":    {&Partition{Groups: []Where{lan[0].in(), both(lan[0], lan[1])}}, "same network namespace", nil},
		"no address":       {&Partition{Groups: []Where{lan[0].in(), lonely.in()}}, "no address but loopback", nil},
		"an empty group":   {&Partition{Groups: []Where{lan[0].in(), nowhere}}, "no process matches", attacks.ErrNoTarget},
		"too few":          {&Partition{Members: lan[0].in(), Shape: halves}, "at least 2 members", nil},
		"too few for ring": {&Partition{Members: both(lan[0], lan[1]), Shape: ring}, "at least 3 members", nil},
		"not checked":      {&Partition{Members: lan[0].in()}, "needs a shape", nil},
	} {
		changes, err := c.p.Plan(t.Context())
		if err == nil || len(changes) > 0 || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: got %d changes, %v, want %q", name, len(changes), err, c.want)
		}
	}
	p := &Partition{Groups: []Where{lan[0].in(), lan[1].in()}}
	p.Limit(attacks.Limits{MaxTargets: 1})
	if changes, err := p.Plan(t.Context()); err == nil || len(changes) > 0 || !strings.Contains(err.Error(), "2 targets would be hit") {
		t.Errorf("got %d changes, %v, want the limit", len(changes), err)
	}
}

func TestAnAddressThatTwoHave(t *testing.T) {
	four, six, link := netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("fd00::1/128"), netip.MustParsePrefix("fe80::1/128")
	of := func(name string, p ...netip.Prefix) member { return member{place: place{Name: name}, addresses: p} }
	for _, c := range []struct {
		members []member
		deaf    []int
		want    string
	}{
		{[]member{of("a"), of("b", four), of("c", six)}, []int{1}, ""},
		{[]member{of("a"), of("b", four), of("c", four)}, []int{1, 2}, ""},
		{[]member{of("a"), of("b", four, six), of("c", six)}, []int{1}, "a cannot be cut off from b alone: c has the address fd00::1, too"},
		{[]member{of("a", four), of("b", four)}, []int{1}, "a cannot be cut off from b alone: a has the address 10.0.0.1, too"},
		{[]member{of("a"), of("b", link), of("c", link)}, []int{1}, ""},
	} {
		err := ambiguous(c.members, 0, c.deaf)
		if got := fmt.Sprint(err); err == nil && c.want != "" || err != nil && got != c.want {
			t.Errorf("%v: got %v, want %q", c.members, err, c.want)
		}
	}
}

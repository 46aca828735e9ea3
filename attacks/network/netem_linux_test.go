package network

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/attacks/attacktest"
	"github.com/failurefriday/friday/internal/diag"
)

// hasNetem tries it out, without the code under test.
func hasNetem(t testing.TB) bool {
	t.Helper()
	needsRoot(t)
	has := false
	must(t, inScratch(func(in *inside, lo netlink.Link) error {
		err := in.QdiscAdd(netlink.NewNetem(netlink.QdiscAttrs{LinkIndex: lo.Attrs().Index, Parent: netlink.HANDLE_ROOT}, netlink.NetemQdiscAttrs{Latency: 1000}))
		has = err == nil
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		return err
	}))
	return has
}

func needsNetem(t testing.TB) {
	t.Helper()
	if !hasNetem(t) {
		t.Skip("left out: this kernel has no netem; make test-vm runs it in one that has")
	}
}

// netems are all attacks that need netem, so strong that one packet or a few tell whether they are in force.
func netems(d Devices) map[string]attacks.Attack {
	return map[string]attacks.Attack{
		"delay":     &Delay{Devices: d, Delay: 300 * time.Millisecond},
		"jitter":    &Jitter{Devices: d, Delay: 400 * time.Millisecond, Jitter: 200 * time.Millisecond},
		"duplicate": &Duplicate{Devices: d, Percent: 100},
		"corrupt":   &Corrupt{Devices: d, Percent: 100},
		"reorder":   &Reorder{Devices: d, Percent: 50, Delay: 300 * time.Millisecond, Gap: 1},
	}
}

var netemKinds = map[string]attacks.Kind{
	"delay": DelayKind, "jitter": JitterKind, "duplicate": DuplicateKind, "corrupt": CorruptKind, "reorder": ReorderKind,
}

func TestNetemMissingIsAPlanError(t *testing.T) {
	t.Parallel()
	if hasNetem(t) {
		t.Skip("left out: this kernel has netem")
	}
	l := newLine(t)
	before := l.queues(t)
	for name, a := range netems(Devices{Targets: l.targets()}) {
		t.Log(name)
		wantRefused(t, a, "this kernel has no netem (sch_netem): network.rate and network.loss need none", "eth0")
	}
	for name, a := range netems(Devices{Targets: l.targets(), Peers: []string{far4}}) {
		t.Log(name)
		wantRefused(t, a, "this kernel has no netem (sch_netem)")
	}
	if got := l.queues(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

func TestNetemConforms(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	for name, kind := range netemKinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attacktest.Suite{Kind: kind, Setup: func(t *testing.T) attacktest.Target {
				l := newLine(t)
				return attacktest.Target{
					Attack:  netems(Devices{Targets: l.targets()})[name],
					Nothing: netems(Devices{Targets: nobody})[name],
					State:   func() string { return l.queues(t) },
					Works:   func() bool { return l.sound(t, far4) },
					End:     func() { l.near.end(t) },
					Forge:   forged(t, func(u *queueUndo) { u.NS.Cookie++; u.NS.Boot += "x" }),
				}
			}}.Run(t)
		})
	}
}

func TestNetemDelay(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	const delay = 100 * time.Millisecond
	for name, test := range map[string]struct {
		peers        []string
		late, onTime []string
	}{
		"everybody":         {nil, []string{far4, far6, other4}, nil},
		"one of each":       {[]string{far4, far6}, []string{far4, far6}, []string{other4, other6}},
		"networks":          {[]string{"10.77.0.2/31", "fd77::2/127"}, []string{far4, other4, far6, other6}, nil},
		"networks with one": {[]string{"10.77.0.0/30", "fd77::3"}, []string{far4, other4, other6}, []string{far6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLine(t)
			a := &Delay{Devices: Devices{Targets: l.targets(), Peers: test.peers}, Delay: delay}
			c := injected(t, a)
			for _, addr := range test.late {
				if took := l.delayOf(t, addr); took < delay || took > delay*4 {
					t.Errorf("%s: answered after %s, want %s", addr, took, delay)
				}
			}
			for _, addr := range test.onTime {
				wantSoon(t, addr+" is not late", l.reaches, addr)
			}
			e, err := a.Measure(t.Context(), c)
			if err != nil || e.Hits < uint64(len(test.late)) || !strings.Contains(e.Text, "packets") {
				t.Errorf("got %+v, %v, want at least a hit for each that was late", e, err)
			}
			must(t, a.Revert(t.Context(), c))
			wantSoon(t, "it is not late any more", l.sound, test.late[0])
		})
	}
}

// delayOf is the shortest time in which one of a few packets is answered: all that a busy machine can do is to add to it.
func (l *line) delayOf(t testing.TB, addr string) time.Duration {
	t.Helper()
	v, ok := l.aim(t, addr)
	if !ok {
		t.Fatalf("there is no way to %s", addr)
	}
	const tries = 3
	for i := range tries {
		v.send(100)
		if !v.collect(t, i, time.Now().Add(5*time.Second)) {
			t.Fatalf("%s does not answer", addr)
		}
	}
	return slices.Min(v.took)
}

func TestNetemJitterVaries(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	l := newLine(t)
	a := &Jitter{Devices: Devices{Targets: l.targets()}, Jitter: 200 * time.Millisecond}
	injected(t, a)
	v := l.flood(t, far4, 600*time.Millisecond)
	first, last := slices.Min(v.took), slices.Max(v.took)
	if last-first < 300*time.Millisecond || slices.IsSorted(v.numbers) {
		t.Errorf("the answers took between %s and %s, want them all over 400ms, and not in order", first, last)
	}
}

func TestNetemCorrelationIsTaken(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	l := newLine(t)
	injected(t, &Delay{Devices: Devices{Targets: l.targets()}, Delay: 50 * time.Millisecond, Jitter: 20 * time.Millisecond, Correlation: 25})
	l.do(t, func(in *inside) error {
		eth0, err := in.LinkByName("eth0")
		if err != nil {
			return err
		}
		all, err := in.QdiscList(eth0)
		if err != nil {
			return err
		}
		n, ok := all[0].(*netlink.Netem)
		if !ok || n.DelayCorr != netlink.Percentage2u32(25) || n.Latency == 0 || n.Jitter == 0 {
			t.Errorf("got %+v, want delay, jitter and correlation", all[0])
		}
		return nil
	})
}

func TestNetemQueueOfTheUserIsRefused(t *testing.T) {
	t.Parallel()
	needsNetem(t)
	l := newLine(t)
	l.occupy(t)
	before := l.queues(t)
	for _, a := range netems(Devices{Targets: l.targets()}) {
		wantRefused(t, a, "tbf 8001:", "never replaces")
	}
	if got := l.queues(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
}

// Every network namespace of the machine is swept, so this is no test for a machine on which others work; it is not
// parallel to any other.
func TestNetemIsSwept(t *testing.T) {
	if os.Getenv("FRIDAY_VM") == "" {
		t.Skip("left out: it would sweep this whole machine; make test-vm runs it in one of its own")
	}
	needsNetem(t)
	l := newLine(t)
	before := l.queues(t)
	a := &Delay{Devices: Devices{Targets: l.targets(), Peers: []string{far4}}, Delay: time.Second}
	c := injected(t, a)
	lines, err := DelayKind.New().(attacks.Sweeper).Sweep(t.Context())
	if err != nil || len(lines) != 1 || !strings.Contains(lines[0], "eth0") {
		t.Errorf("got %q, %v, want one line about eth0", lines, err)
	}
	wantFault(t, a, c, false)
	if got := l.queues(t); got != before {
		t.Errorf("got %s, was %s", got, before)
	}
	if lines, err := a.Sweep(t.Context()); err != nil || len(lines) > 0 {
		t.Errorf("got %q, %v, want nothing more to sweep", lines, err)
	}
}

func TestNetemChecksItsParameters(t *testing.T) {
	t.Parallel()
	in := Devices{Targets: Targets{In: Where{Host: true}}}
	const ms = time.Millisecond
	for _, test := range []struct {
		of     diag.Checker
		fields string
	}{
		{&Delay{Devices: in, Delay: 100 * ms, Jitter: 20 * ms, Correlation: 50}, ""},
		{&Delay{Devices: in, Delay: 10 * ms, Jitter: 20 * ms}, "jitter"},
		{&Delay{Devices: in, Delay: time.Hour}, "delay"},
		{&Delay{Devices: in, Delay: 100 * ms, Correlation: 50}, "correlation"},
		{&Delay{Devices: in, Delay: 100 * ms, Jitter: ms, Correlation: 101}, "correlation"},
		{&Delay{Devices: Devices{Peers: []string{"a b"}}, Delay: 100 * ms}, "in peers[0]"},
		{&Jitter{Devices: in, Jitter: 20 * ms}, ""},
		{&Jitter{Devices: in, Jitter: 20 * ms, Delay: 10 * ms}, "jitter"},
		{&Jitter{Devices: in, Jitter: 3 * time.Second}, "jitter"},
		{&Duplicate{Devices: in, Percent: 0.1}, ""},
		{&Duplicate{Devices: in}, "percent"},
		{&Duplicate{Devices: in, Percent: math.NaN()}, "percent"},
		{&Corrupt{Devices: in, Percent: 100.1}, "percent"},
		{&Corrupt{Devices: in, Percent: -1}, "percent"},
		{&Reorder{Devices: in, Percent: 50, Delay: ms}, ""},
		{&Reorder{Devices: in, Delay: time.Hour}, "percent delay"},
	} {
		var fields []string
		for _, f := range test.of.Check() {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != test.fields {
			t.Errorf("%+v: faults in %q, want %q", test.of, got, test.fields)
		}
	}
}

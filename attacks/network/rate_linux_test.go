package network

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// carry sends bytes from near to far over TCP and tells how long they took to arrive.
func (l *line) carry(t testing.TB, addr string, bytes int) time.Duration {
	t.Helper()
	var listener net.Listener
	must(t, l.far.Do(func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(addr, "0"))
		return err
	}))
	defer listener.Close()
	arrived := make(chan int64, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			arrived <- 0
			return
		}
		defer conn.Close()
		n, _ := io.Copy(io.Discard, conn)
		arrived <- n
	}()
	var conn net.Conn
	start := time.Now()
	must(t, l.near.ns.Do(func() (err error) {
		conn, err = net.DialTimeout("tcp", listener.Addr().String(), 10*time.Second)
		return err
	}))
	if _, err := conn.Write(make([]byte, bytes)); err != nil {
		t.Fatal(err)
	}
	must(t, conn.Close())
	if n := <-arrived; n != int64(bytes) {
		t.Fatalf("%d of %d bytes arrived", n, bytes)
	}
	return time.Since(start)
}

func TestRateIsKept(t *testing.T) {
	t.Parallel()
	const bytes, rate = 256 << 10, BitRate(2e6)
	due := time.Duration(float64(bytes*8) / float64(rate) * float64(time.Second))
	for name, test := range map[string]struct {
		peers  []string
		slowed string
		spared string
	}{
		"everybody":  {nil, far4, ""},
		"IPv4 peers": {[]string{"10.77.0.2"}, far4, other4},
		"IPv6 peers": {[]string{"fd77::2/127"}, other6, far4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLine(t)
			quick := func(t testing.TB, addr string) bool { return l.carry(t, addr, bytes) < due/4 }
			wantSoon(t, "it is fast before", quick, test.slowed)
			a := &Rate{Devices: Devices{Targets: l.targets(), Peers: test.peers}, Rate: rate}
			c := injected(t, a)
			during := l.carry(t, test.slowed, bytes)
			t.Logf("%d bytes: %s with %s; %s would be exact", bytes, during, rate, due)
			if during < due*8/10 || during > due*3 {
				t.Errorf("got %s, want about %s", during, due)
			}
			if test.spared != "" {
				wantSoon(t, "who is not meant is as fast as before", quick, test.spared)
			}
			effect, err := a.Measure(t.Context(), c)
			must(t, err)
			if effect.Hits == 0 || !strings.Contains(effect.Text, "KiB") {
				t.Errorf("got %+v, want that something was held back", effect)
			}
			must(t, a.Revert(t.Context(), c))
			wantSoon(t, "it is fast again", quick, test.slowed)
			if _, err := a.Measure(t.Context(), c); err == nil {
				t.Error("what is not there was measured")
			}
		})
	}
}

func TestRateAloneIsNoEffect(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	a := &Rate{Devices: Devices{Targets: l.targets(), Peers: []string{far4}}, Rate: slow}
	c := injected(t, a)
	wantSoon(t, "who is not meant is as fast as before", l.fast, other4)
	if effect, err := a.Measure(t.Context(), c); err != nil || effect.Hits != 0 {
		t.Errorf("got %+v, %v, want no hit: nobody was meant", effect, err)
	}
}

func TestRateLooksTheSameAfterwards(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	look := func() string {
		return l.shows(t, "tc qdisc show") + l.shows(t, "tc filter show dev eth0") + l.shows(t, "ip addr")
	}
	before := look()
	a := &Rate{Devices: Devices{Targets: l.targets(), Peers: []string{far4, far6}}, Rate: slow}
	c := injected(t, a)
	during := look()
	t.Log(during)
	if during == before {
		t.Error("nothing is to be seen of it")
	}
	must(t, a.Revert(t.Context(), c))
	if after := look(); after != before {
		t.Errorf("got %s, was %s", after, before)
	}
}

func TestBitRates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]BitRate{"1mbit": 1e6, "100kbit": 1e5, "1.5Mbit": 1.5e6, "2gbit": 2e9, "1kbit": 1e3} {
		var got BitRate
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, err, want)
		}
		var again BitRate
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s is written %s and read as %d, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "1", "1mb", "1 mbit", "-1mbit", "0kbit", "0.1kbit", "2000gbit", "1mbit/s", "kbit", "1e3kbit", "100mbps"} {
		if err := new(BitRate).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestRateThatNoQueueCanKeep(t *testing.T) {
	t.Parallel()
	if _, err := (&Rate{Rate: 1e3}).queue(65536); err == nil || !strings.Contains(err.Error(), "MTU") {
		t.Errorf("got %v, want an error that names the MTU", err)
	}
	for _, rate := range []BitRate{slowest, 1e6, 1e9, fastest} {
		q, err := (&Rate{Rate: rate}).queue(1500)
		if err != nil || q.Burst < 1564 || q.Limit < q.Burst {
			t.Errorf("%s: got %+v, %v", rate, q, err)
		}
	}
}

func TestRateChecksItsParameters(t *testing.T) {
	t.Parallel()
	if bad := (&Rate{Devices: Devices{Peers: []string{"not/anything"}}}).Check(); len(bad) != 2 {
		t.Errorf("got %+v, want two faults: in and peers", bad)
	}
}

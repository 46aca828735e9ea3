package network

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/attacks/attacktest"
)

// answer sends everything back that comes to a UDP port of far, to whichever address.
func (l *line) answer(t testing.TB) int {
	t.Helper()
	port := 0
	for _, addr := range []string{far4, other4, far6, other6} {
		var conn *net.UDPConn
		must(t, l.far.Do(func() (err error) {
			conn, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(addr), Port: port})
			return err
		}))
		t.Cleanup(func() { conn.Close() })
		roomy(t, conn)
		port = conn.LocalAddr().(*net.UDPAddr).Port
		go func() {
			packet := make([]byte, 2000)
			for {
				n, from, err := conn.ReadFrom(packet)
				if err != nil && errors.Is(err, net.ErrClosed) {
					return
				}
				_, _ = conn.WriteTo(packet[:n], from) // lost: that is what the test is about
			}
		}()
	}
	return port
}

// roomy gives a connection so much room that nothing is lost because a test is slow.
func roomy(t testing.TB, conn *net.UDPConn) {
	t.Helper()
	raw, err := conn.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4<<20) }))
	must(t, err)
}

// volley are numbered packets from near to far, and the answers to them in the order in which they come.
type volley struct {
	conn    *net.UDPConn
	sent    []time.Time // of each number
	numbers []int       // of each answer; -1 is a spoilt one
	took    []time.Duration
}

// aim opens a volley; false if there is no way to the address.
func (l *line) aim(t testing.TB, addr string) (*volley, bool) {
	t.Helper()
	var conn *net.UDPConn
	var err error
	must(t, l.near.ns.Do(func() error {
		conn, err = net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(addr), Port: l.port})
		return nil
	}))
	if err != nil {
		return nil, false
	}
	t.Cleanup(func() { conn.Close() })
	roomy(t, conn)
	return &volley{conn: conn}, true
}

// send sends one more packet of that size. What is lost is what the test is about.
func (v *volley) send(size int) {
	packet := make([]byte, size)
	copy(packet, fmt.Sprintf("%d.", len(v.sent)))
	v.sent = append(v.sent, time.Now())
	_, _ = v.conn.Write(packet)
}

// collect collects answers until the packet of that number is answered; false if it is not by then.
func (v *volley) collect(t testing.TB, until int, by time.Time) bool {
	t.Helper()
	must(t, v.conn.SetReadDeadline(by))
	answer := make([]byte, 2000)
	for {
		n, err := v.conn.Read(answer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return false
		}
		if err != nil {
			continue // told that nobody listens: wait for the rest
		}
		number, took := -1, time.Duration(0)
		if _, err := fmt.Sscanf(string(answer[:n]), "%d.", &number); err != nil || number >= len(v.sent) {
			number = -1
		} else {
			took = time.Since(v.sent[number])
		}
		v.numbers, v.took = append(v.numbers, number), append(v.took, took)
		if number >= until {
			return true
		}
	}
}

// soon is longer than any answer takes where nothing is in the way, and shorter than any fault of the tests.
const soon = 90 * time.Millisecond

// quick reports whether packets come back soon, unspoilt, once each and in order.
func (l *line) quick(t testing.TB, addr string, packets, size int) bool {
	t.Helper()
	v, ok := l.aim(t, addr)
	if !ok {
		return false
	}
	defer v.conn.Close()
	for range packets {
		v.send(size)
	}
	if !v.collect(t, packets-1, time.Now().Add(soon)) || len(v.numbers) != packets {
		return false
	}
	return slices.IsSorted(v.numbers) && v.numbers[0] == 0
}

// reaches reports whether an answer comes soon.
func (l *line) reaches(t testing.TB, addr string) bool { return l.quick(t, addr, 1, 100) }

// fast reports whether as much goes through as would not go through a slow line.
func (l *line) fast(t testing.TB, addr string) bool { return l.quick(t, addr, 20, 1200) }

// sound reports whether nothing is the matter with a few packets.
func (l *line) sound(t testing.TB, addr string) bool { return l.quick(t, addr, 7, 1000) }

// wantSoon waits until it is well again: a busy machine is no fault.
func wantSoon(t testing.TB, what string, is func(testing.TB, string) bool, addr string) {
	t.Helper()
	attacktest.Eventually(t, what, func() bool { return is(t, addr) })
}

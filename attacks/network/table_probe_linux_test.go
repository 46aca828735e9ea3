package network

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/dockertest"
)

// serve answers every line of TCP connections, on all addresses.
func (s *station) serve(t testing.TB, network string, port int) {
	t.Helper()
	var l net.Listener
	must(t, s.ns.Do(func() (err error) {
		l, err = net.Listen(network, fmt.Sprintf(":%d", port))
		return err
	}))
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
}

// echo answers UDP packets, on all addresses.
func (s *station) echo(t testing.TB, port int) {
	t.Helper()
	var l net.PacketConn
	must(t, s.ns.Do(func() (err error) {
		l, err = net.ListenPacket("udp", fmt.Sprintf(":%d", port))
		return err
	}))
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := l.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				_, _ = l.WriteTo(buf[:n], from)
			}
		}
	}()
}

// wait is how long a packet may take that is not meant to arrive.
const wait = 150 * time.Millisecond

// dial connects from the station.
func (s *station) dial(network string, to netip.Addr, port uint16) (c net.Conn, err error) {
	err = s.ns.Do(func() error {
		c, err = net.DialTimeout(network, netip.AddrPortFrom(to, port).String(), wait)
		return err
	})
	return c, err
}

// reaches reports whether a TCP connection comes about and is answered.
func (s *station) reaches(to netip.Addr, port uint16) bool { return s.asks("tcp", to, port) == nil }

// answers is reaches for where it is expected: it tries for a while, because the machine may be busy.
func (s *station) answers(to netip.Addr, port uint16) bool { return s.gets("tcp", to, port) == nil }

// gets is asks for where an answer is expected.
func (s *station) gets(network string, to netip.Addr, port uint16) (err error) {
	for limit := time.Now().Add(5 * time.Second); time.Now().Before(limit); {
		if err = s.asks(network, to, port); err == nil {
			return nil
		}
	}
	return err
}

// asks sends a line and waits for it to come back.
func (s *station) asks(network string, to netip.Addr, port uint16) error {
	c, err := s.dial(network, to, port)
	if err != nil {
		return err
	}
	defer c.Close()
	return talk(c)
}

func talk(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		return err
	}
	buf := make([]byte, 5)
	_, err := io.ReadFull(c, buf)
	return err
}

// rules is what nft says about the namespace.
func (s *station) rules(t testing.TB) string {
	t.Helper()
	nft, err := exec.LookPath("nft")
	if err != nil {
		dockertest.LeaveOut(t, "nft is needed to look at the rules with other eyes")
	}
	var out []byte
	must(t, s.ns.Do(func() error {
		out, err = exec.Command(nft, "--stateless", "list", "ruleset").CombinedOutput()
		return err
	}))
	return string(out)
}

// feed gives nft a file of commands.
func (s *station) feed(t testing.TB, commands string) {
	t.Helper()
	must(t, s.ns.Do(func() error {
		cmd := exec.Command("nft", "-f", "-")
		cmd.Stdin = strings.NewReader(commands)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}))
}

// listen counts what arrives at a UDP port of the station.
func (s *station) listen(t testing.TB, to netip.Addr, port uint16) (arrived func() int) {
	t.Helper()
	var l net.PacketConn
	must(t, s.ns.Do(func() (err error) {
		l, err = net.ListenPacket("udp", netip.AddrPortFrom(to, port).String())
		return err
	}))
	raw, err := l.(*net.UDPConn).SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { // all that arrives must find room until it is counted
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20)
	}))
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return func() (n int) { // what has arrived is in the buffer
		buf := make([]byte, 64)
		must(t, l.SetReadDeadline(time.Now().Add(wait)))
		for {
			if _, _, err := l.ReadFrom(buf); err != nil {
				return n
			}
			n++
		}
	}
}

// fling sends n UDP packets from a port of the station, 0 for any.
func (s *station) fling(t testing.TB, n int, to netip.Addr, port, from uint16) {
	t.Helper()
	must(t, s.ns.Do(func() error {
		d := net.Dialer{LocalAddr: &net.UDPAddr{Port: int(from)}}
		c, err := d.Dial("udp", netip.AddrPortFrom(to, port).String())
		if err != nil {
			return err
		}
		defer c.Close()
		for range n {
			if _, err := c.Write([]byte("x")); err != nil && !errors.Is(err, unix.EPERM) { // that is how a drop on the way out looks
				return err
			}
		}
		return nil
	}))
}

// pings sends one echo request and waits for the answer.
func (s *station) pings(t testing.TB, to netip.Addr) (answered bool) {
	t.Helper()
	domain, protocol, kind := unix.AF_INET, unix.IPPROTO_ICMP, byte(8)
	var sa unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte(to.AsSlice()[:4])}
	if to.Is6() {
		domain, protocol, kind = unix.AF_INET6, unix.IPPROTO_ICMPV6, 128
		sa = &unix.SockaddrInet6{Addr: to.As16()}
	}
	must(t, s.ns.Do(func() error {
		// Whoever sends without privileges must be allowed to; the setting is that of the namespace.
		if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 0"), 0); err != nil {
			return err
		}
		fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		limit := unix.NsecToTimeval(wait.Nanoseconds())
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
			return err
		}
		if err := unix.Sendto(fd, []byte{kind, 0, 0, 0, 0, 0, 0, 1}, 0, sa); err != nil && !errors.Is(err, unix.EPERM) {
			return err
		}
		_, _, err = unix.Recvfrom(fd, make([]byte, 64), 0)
		answered = err == nil
		return nil
	}))
	return answered
}

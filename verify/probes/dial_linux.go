package probes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/netns"
)

// dockerDNS is where the engine answers inside each container that is on a network of its own.
const dockerDNS = "127.0.0.11:53"

// dialInside connects from inside a network namespace. A name is resolved there, by Docker's own server.
func dialInside(ctx context.Context, inside *netns.Handle, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%q is not a port: %w", port, err)
	}
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return connect(ctx, inside, network, netip.AddrPortFrom(addr, uint16(n)))
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return connect(ctx, inside, network, netip.MustParseAddrPort(dockerDNS))
	}}
	found, err := resolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(host, ".")+".") // rooted: no search list of this host
	if err != nil {
		return nil, err
	}
	for _, addr := range found {
		conn, failed := connect(ctx, inside, network, netip.AddrPortFrom(addr.Unmap(), uint16(n)))
		if failed == nil {
			return conn, nil
		}
		err = errors.Join(err, failed)
	}
	return nil, err
}

// connect makes the socket inside: it stays there, whoever uses it from where.
func connect(ctx context.Context, inside *netns.Handle, network string, to netip.AddrPort) (conn net.Conn, err error) {
	kind := unix.SOCK_STREAM
	if strings.HasPrefix(network, "udp") {
		kind = unix.SOCK_DGRAM
	}
	family, where := sockaddr(to)
	fd := -1
	if err := inside.Do(func() (err error) {
		fd, err = unix.Socket(family, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		return err
	}); err != nil {
		return nil, &insideError{err}
	}
	err = unix.Connect(fd, where)
	file := os.NewFile(uintptr(fd), to.String()) // not before: the poller would see an idle socket as ready
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed // the connection has a copy
		}
	}()
	if errors.Is(err, unix.EINPROGRESS) || errors.Is(err, unix.EINTR) {
		err = established(ctx, file)
	}
	if err != nil {
		return nil, os.NewSyscallError("connect", err)
	}
	return net.FileConn(file)
}

func sockaddr(to netip.AddrPort) (family int, sa unix.Sockaddr) {
	if addr := to.Addr().Unmap(); addr.Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: addr.As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
}

// established waits until the connection is made or has failed.
func established(ctx context.Context, file *os.File) error {
	defer context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(time.Unix(1, 0)) })() // closed already: fine
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		switch {
		case err != nil:
			failed = err
		case code != 0:
			failed = unix.Errno(code)
		default:
			_, err = unix.Getpeername(int(fd))
			return !errors.Is(err, unix.ENOTCONN) // not yet
		}
		return true
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(failed, err)
}

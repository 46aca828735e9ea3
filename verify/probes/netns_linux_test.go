package probes

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/dockertest"
)

// namedNetNS makes a namespace as ip netns add does, with its loopback up and a server on it.
func namedNetNS(t *testing.T) (name, address string) {
	t.Helper()
	if os.Getuid() != 0 {
		dockertest.LeaveOut(t, "making network namespaces needs root")
	}
	name = "friday-" + dockertest.Tag()
	path := filepath.Join("/run/netns", name)
	made := make(chan error)
	listener := make(chan net.Listener, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is in the wrong place
		made <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				return err
			}
			if err := errors.Join(os.MkdirAll("/run/netns", 0o755), os.WriteFile(path, nil, 0o444), up("lo")); err != nil {
				return err
			}
			if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
				return err
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			listener <- l
			return err
		}()
	}()
	t.Cleanup(func() {
		_ = unix.Unmount(path, unix.MNT_DETACH) // never mounted: fine
		_ = os.Remove(path)
	})
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: plenty}
	l := <-listener
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return name, l.Addr().String()
}

func up(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}

func TestFromNamedNamespace(t *testing.T) {
	t.Parallel()
	name, address := namedNetNS(t)
	from := From{NetNS: name}
	if pulse := look(t, &TCP{Address: address, From: from}, plenty); !pulse.OK {
		t.Errorf("tcp: %+v", pulse)
	}
	if pulse := look(t, newHTTP("http://"+address, func(h *HTTP) { h.From, h.Status = from, statuses(t, "404") }), plenty); !pulse.OK {
		t.Errorf("http: %+v", pulse)
	}
	_, port, _ := strings.Cut(address, ":")
	wantPulse(t, "IPv6", &TCP{Address: "[::1]:" + port, From: from}, false, "connection refused", "")
	wantPulse(t, "no route", &TCP{Address: "192.0.2.1:80", From: from}, false, "network is unreachable", "")
}

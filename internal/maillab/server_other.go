//go:build !linux

package maillab

import "testing"

// server cannot run here: it needs the namespaces of Linux.
type server struct{}

func (*server) start(t testing.TB, program string, _ int, _ func([]string) (string, []string)) {
	t.Helper()
	t.Skipf("%s runs in namespaces of its own, which needs Linux", program)
}

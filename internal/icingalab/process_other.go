//go:build !linux

package icingalab

import (
	"errors"
	"syscall"
	"testing"
)

// process cannot run here: it needs the namespaces of Linux.
type process struct{ gone chan struct{} }

func possible() error { return errors.New("it lives in namespaces of its own, which needs Linux") }

func dieWithUs() *syscall.SysProcAttr { return nil }

func run(t testing.TB, path, _ string, _ ...string) *process {
	t.Helper()
	t.Fatalf("%s: %v", path, possible())
	return nil
}

func (p *process) end() {}

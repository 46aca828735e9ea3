//go:build !linux

package monitlab

import "syscall"

// dieWithUs does nothing: only Linux can do it.
func dieWithUs() *syscall.SysProcAttr { return nil }

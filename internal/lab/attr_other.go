//go:build !linux

package lab

import "syscall"

// dieWithUs does nothing: only Linux can do it.
func dieWithUs() *syscall.SysProcAttr { return nil }

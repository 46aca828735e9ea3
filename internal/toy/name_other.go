//go:build !linux

package toy

import (
	"fmt"
	"runtime"
	"syscall"
)

// setName fails: without the names and the parent-death signal of Linux the toy world could not be told apart, nor
// cleaned up with certainty.
func setName(string) error {
	return fmt.Errorf("the toy world needs Linux, this is %s", runtime.GOOS)
}

func childAttr() *syscall.SysProcAttr { return nil }

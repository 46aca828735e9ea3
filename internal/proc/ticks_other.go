//go:build !linux

package proc

// Ticks needs Linux.
func Ticks() (uint64, error) { return 0, errLinux }

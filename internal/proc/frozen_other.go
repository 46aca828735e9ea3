//go:build !linux

package proc

// Halted needs Linux.
func (id ID) Halted() (string, error) { return "", errLinux }

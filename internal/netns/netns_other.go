//go:build !linux

package netns

import "errors"

var errLinux = errors.New("network namespaces need Linux")

// Handle is an open network namespace.
type Handle struct {
	ID   ID
	Path string
}

// Self opens the namespace of this process.
func Self() (*Handle, error) { return nil, errLinux }

// Named opens a namespace that ip netns knows.
func Named(string) (*Handle, error) { return nil, errLinux }

// OfProcess opens the namespace of a process.
func OfProcess(int) (*Handle, error) { return nil, errLinux }

// Open finds the namespace and opens it.
func Open(ID, ...string) (*Handle, error) { return nil, errLinux }

// Scratch makes a namespace.
func Scratch() (*Handle, error) { return nil, errLinux }

// Each calls f for every namespace of this machine.
func Each(func(*Handle) error) error { return errLinux }

// FD is the open file.
func (h *Handle) FD() int { return -1 }

// Close closes the handle.
func (h *Handle) Close() error { return nil }

// Do calls f inside the namespace.
func (h *Handle) Do(func() error) error { return errLinux }

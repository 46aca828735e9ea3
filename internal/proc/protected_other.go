//go:build !linux

package proc

// Protected protects nothing where nothing can be attacked.
type Protected struct{}

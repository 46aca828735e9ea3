//go:build !linux

package docker

import "github.com/failurefriday/friday/internal/proc"

// Process is nobody here: the processes of an engine are on a machine of its own.
func (c Container) Process(Endpoint) (proc.ID, error) { return proc.ID{}, nil }

//go:build !linux

package container

import "github.com/failurefriday/friday/internal/docker"

// targetOf knows no processes here: those of an engine are on a machine of its own.
func targetOf(_ docker.Endpoint, c docker.Container) (target, error) {
	return target{Container: c}, nil
}

// ownContainers are none: Friday runs in no container here.
func ownContainers() ([]string, error) { return nil, nil }

// ignores is asked about processes of this host only.
func ignores(int, string) (bool, error) { return false, nil }

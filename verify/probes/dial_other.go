//go:build !linux

package probes

import (
	"context"
	"errors"
	"net"

	"github.com/failurefriday/friday/internal/netns"
)

// dialInside needs Linux.
func dialInside(context.Context, *netns.Handle, string, string) (net.Conn, error) {
	return nil, &insideError{errors.New("network namespaces need Linux")}
}

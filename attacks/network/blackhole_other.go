//go:build !linux

package network

import (
	"context"
	"errors"
	"net/netip"

	"github.com/failurefriday/friday/attacks"
)

var errRoutes = errors.New("routes that lead nowhere need Linux")

func (b *Blackhole) plan([]place, []netip.Prefix, string, Nowhere) ([]attacks.Change, error) {
	return nil, errRoutes
}

func (u routesUndo) add() error { return errRoutes }

func (u routesUndo) there() (bool, error) { return false, errRoutes }

func (u routesUndo) remove() error { return errRoutes }

func sweepRoutes(context.Context) ([]string, error) { return nil, errRoutes }

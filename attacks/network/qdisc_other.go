//go:build !linux

package network

import (
	"context"
	"errors"

	"github.com/failurefriday/friday/attacks"
)

var errQueues = errors.New("queues before network devices need Linux")

func (d *Devices) plan(context.Context, string, string, func(mtu int) (queue, error)) ([]attacks.Change, error) {
	return nil, errQueues
}

func (u queueUndo) put() error { return errQueues }

func (u queueUndo) there() (bool, error) { return false, errQueues }

func (u queueUndo) take() error { return errQueues }

func (u queueUndo) measure() (attacks.Effect, error) { return attacks.Effect{}, errQueues }

func sweepQueues(context.Context) ([]string, error) { return nil, errQueues }

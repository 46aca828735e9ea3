//go:build !linux

package network

import (
	"context"
	"errors"

	"github.com/failurefriday/friday/attacks"
)

var errDown = errors.New("putting network devices down needs Linux")

func (d *Down) plan([]place) ([]attacks.Change, error) { return nil, errDown }

func (u downUndo) down() error { return errDown }

func (u downUndo) isDown() (bool, error) { return false, errDown }

func (u downUndo) up(context.Context) error { return errDown }

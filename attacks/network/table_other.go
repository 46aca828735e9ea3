//go:build !linux

package network

import (
	"errors"

	"github.com/failurefriday/friday/internal/netns"
)

var errNFTables = errors.New("nftables need Linux")

func install(*netns.Handle, tableUndo) error { return errNFTables }

func inForce(*netns.Handle, tableUndo) (bool, error) { return false, errNFTables }

func renew(*netns.Handle, tableUndo) error { return errNFTables }

func remove(*netns.Handle, string) error { return errNFTables }

func stopped(*netns.Handle, tableUndo) (packets, bytes uint64, err error) { return 0, 0, errNFTables }

func ourTables(*netns.Handle) ([]string, error) { return nil, errNFTables }

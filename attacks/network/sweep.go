package network

import (
	"context"
	"fmt"

	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

// Sweep deletes every table that bears our mark, in every namespace of this machine.
func (tables) Sweep(ctx context.Context) (mended []string, err error) {
	err = netns.Each(func(h *netns.Handle) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		names, err := ourTables(h)
		if err != nil {
			return err
		}
		var failed []error
		for _, name := range names {
			if err := remove(h, name); err != nil {
				failed = append(failed, err)
				continue
			}
			mended = append(mended, fmt.Sprintf("deleted the nftables table inet %s in %s", name, h.ID))
		}
		return several.Errors(failed...)
	})
	return mended, err
}

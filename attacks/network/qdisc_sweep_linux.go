package network

import (
	"context"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"

	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

// ourQueues are the kinds that we put at the root of a device.
var ourQueues = []string{"tbf", "netem", "htb"}

// sweepQueues deletes the queues with a handle of ours in every namespace.
func sweepQueues(ctx context.Context) (mended []string, err error) {
	err = netns.Each(func(ns *netns.Handle) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return speak(ns, func(in *inside) error {
			lines, err := in.sweepQueues()
			mended = append(mended, lines...)
			return err
		})
	})
	return mended, err
}

func (in *inside) sweepQueues() (mended []string, err error) {
	links, err := in.links()
	failed := []error{err}
	for _, l := range links {
		queues, err := in.queues(l)
		failed = append(failed, cleanIfGone(err))
		for _, q := range queues {
			a := q.Attrs()
			if a.Parent != netlink.HANDLE_ROOT || !ourHandle(a.Handle) || !slices.Contains(ourQueues, q.Type()) {
				continue
			}
			if err := in.deleteQueue(l, q); err != nil {
				failed = append(failed, cleanIfGone(err))
				continue
			}
			mended = append(mended, fmt.Sprintf("deleted the queue %s %x: before %s in %s", q.Type(), a.Handle>>16, l.Attrs().Name, in.ns.ID))
		}
	}
	return mended, several.Errors(failed...)
}

package network

import (
	"cmp"
	"fmt"
	"math"

	"github.com/vishvananda/netlink"

	"github.com/failurefriday/friday/attacks"
)

// measure reads the counters of the leaf.
func (u queueUndo) measure() (e attacks.Effect, err error) {
	err = u.onDevice(func(in *inside, link netlink.Link) error {
		root, leaf, err := u.lookup(in, link)
		if err == nil && (root == nil || leaf == nil || leaf.Attrs().Statistics == nil) {
			err = fmt.Errorf("the queue before %s in %s is not there", u.Device.Name, u.Name)
		}
		if err != nil {
			return err
		}
		e = u.Queue.effect(leaf.Attrs().Statistics)
		return nil
	})
	return e, err
}

// effect tells what a queue did. A tbf touches only what is over the rate. A netem touches everything that goes through
// it, or a share of that, and the kernel does not count which.
func (q queue) effect(s *netlink.QdiscStatistics) attacks.Effect {
	passed, dropped, waiting, held := uint64(s.Basic.Packets), uint64(s.Queue.Drops), uint64(s.Queue.Qlen), uint64(s.Queue.Overlimits)
	text := fmt.Sprintf("%d packets (%s) through the queue, %d dropped, %d waiting", passed, size(s.Basic.Bytes), dropped, waiting)
	if q.Netem == nil {
		return attacks.Effect{Hits: held + dropped, Text: fmt.Sprintf("%s, held back %d times", text, held)}
	}
	if percent := cmp.Or(q.Netem.Duplicate, q.Netem.Corrupt); percent > 0 {
		hits := uint64(math.Round(float64(passed) * percent / 100))
		return attacks.Effect{Hits: hits, Text: fmt.Sprintf("%s, about %d of them hit", text, hits)}
	}
	return attacks.Effect{Hits: passed + dropped + waiting, Text: text}
}

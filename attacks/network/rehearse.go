package network

import (
	"context"
	"fmt"
	"reflect"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

// order is one table that is to be installed.
type order struct {
	place place
	cut   cut
	does  string // what it does to the place, for people
}

// planTables makes changes of orders, once it is sure that none would hit Friday itself and that the kernel can do them.
func (t *Targets) planTables(ctx context.Context, kind, needs string, orders []order) ([]attacks.Change, error) {
	var failed []error
	for _, o := range orders {
		failed = append(failed, t.refusePaths(o.place, o.cut))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := several.Errors(append(failed, rehearse(kind, needs, orders))...); err != nil {
		return nil, err
	}
	changes := make([]attacks.Change, len(orders))
	for i, o := range orders {
		var err error
		changes[i], err = attacks.NewChange(kind, o.place.Name+": "+o.does, newTableUndo(o.place, o.cut))
		failed = append(failed, err)
	}
	return changes, several.Errors(failed...)
}

// rehearse installs the same tables in a namespace that nothing lives in, looks at them, renews and deletes them. What the
// kernel or this user cannot do comes out before anything is touched.
func rehearse(kind, needs string, orders []order) error {
	h, err := netns.Scratch()
	if err != nil {
		return fmt.Errorf("%s is tried in a namespace of its own first: %w", kind, err)
	}
	var failed error
	for i, o := range orders {
		if i > 0 && reflect.DeepEqual(o.cut, orders[i-1].cut) {
			continue
		}
		if failed = rehearseOne(h, o); failed != nil {
			failed = fmt.Errorf("this kernel cannot do %s, as a trial in a namespace of its own shows (%w): it needs %s; network.blackhole cuts with routes and needs none of it",
				kind, failed, needs)
			break
		}
	}
	return several.Errors(failed, h.Close())
}

func rehearseOne(h *netns.Handle, o order) error {
	u := newTableUndo(o.place, o.cut)
	if err := install(h, u); err != nil {
		return err
	}
	yes, err := inForce(h, u)
	if err == nil && !yes {
		err = fmt.Errorf("the nftables table %s was installed and is not in force", u.Table)
	}
	if err == nil {
		err = renew(h, u)
	}
	return several.Errors(err, remove(h, u.Table))
}

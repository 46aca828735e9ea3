package network

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
)

const (
	// kernelPatience is how long the kernel may take for one answer.
	kernelPatience = 30 * time.Second
	// outbox holds a transaction of some 100,000 networks; the kernel sets no memory aside for it.
	outbox = 16 << 20
	// atOnce is how many elements go into one message, which has room for some 1,800.
	atOnce = 1000
)

// ruleset is one table of ours in one namespace.
type ruleset struct {
	*nftables.Conn
	table *nftables.Table
}

// inTable opens a connection to the nftables of a namespace.
func inTable(h *netns.Handle, name string, f func(r ruleset) error) error {
	conn, err := nftables.New(nftables.WithNetNSFd(h.FD()), nftables.AsLasting(), nftables.WithSockOptions(setUp))
	if err != nil {
		return fmt.Errorf("cannot talk to nftables: %w", err)
	}
	r := ruleset{conn, &nftables.Table{Family: nftables.TableFamilyINet, Name: name}}
	return several.Errors(f(r), conn.CloseLasting())
}

// setUp bounds what a connection waits for, and what it may send at once. It is generic because the connection's own type
// is of no other use to us.
func setUp[C interface {
	SetDeadline(t time.Time) error
	SetWriteBuffer(bytes int) error
}](c C) error {
	return errors.Join(c.SetDeadline(time.Now().Add(kernelPatience)), c.SetWriteBuffer(outbox))
}

// told puts an answer of the kernel into words.
func (r ruleset) told(verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("may not %s the nftables table %s (%w): run friday as root, or with CAP_NET_ADMIN", verb, r.table.Name, err)
	default:
		return fmt.Errorf("cannot %s the nftables table %s: %w", verb, r.table.Name, err)
	}
}

// install makes the table whole in one transaction, or not at all. A table of that name is an error.
func install(h *netns.Handle, u tableUndo) error {
	return inTable(h, u.Table, func(r ruleset) error {
		l, err := layoutOf(u.Cut)
		if err != nil {
			return err
		}
		r.CreateTable(r.table)
		if err := r.addSets(l, u.lease()); err != nil {
			return r.told("fill", err)
		}
		r.addChains(l)
		return r.told("install", r.Flush())
	})
}

func (r ruleset) addSets(l layout, lease time.Duration) error {
	failed := []error{r.AddSet(r.armed(), armedElements(lease))}
	for i, s := range l.sets {
		// The ids are ours: the library would count them in a variable that all goroutines share.
		set := &nftables.Set{Table: r.table, ID: uint32(i + 2), Name: s.name, KeyType: s.of, Constant: true, Interval: s.interval}
		failed = append(failed, r.AddSet(set, nil))
		for rest := s.elements(); len(rest) > 0; rest = rest[min(atOnce, len(rest)):] {
			failed = append(failed, r.SetAddElements(set, rest[:min(atOnce, len(rest))]))
		}
	}
	return errors.Join(failed...)
}

func (r ruleset) addChains(l layout) {
	chains := make([]*nftables.Chain, len(l.chains))
	for i, c := range l.chains { // all before the first rule: one may lead to any of them
		chains[i] = r.AddChain(&nftables.Chain{Table: r.table, Name: c.name, Hooknum: c.hook, Priority: c.priority(), Type: c.kind()})
	}
	for i, c := range l.chains {
		for _, rule := range c.rules {
			r.AddRule(&nftables.Rule{Table: r.table, Chain: chains[i], Exprs: rule})
		}
	}
}

// armed is the set that every packet is looked up in first. Its elements are what the lease is about.
func (r ruleset) armed() *nftables.Set {
	return &nftables.Set{Table: r.table, ID: 1, Name: armed, KeyType: nftables.TypeNFProto, HasTimeout: true}
}

func armedElements(lease time.Duration) []nftables.SetElement {
	return []nftables.SetElement{{Key: ipv4, Timeout: lease}, {Key: ipv6, Timeout: lease}}
}

// there reports whether the table is there.
func (r ruleset) there() (bool, error) {
	_, err := r.ListTableOfFamily(r.table.Name, nftables.TableFamilyINet)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return err == nil, r.told("look at", err)
}

// gone tells an error from one that comes of the table having been deleted meanwhile.
func (r ruleset) gone(err error) error {
	if err == nil {
		return nil
	}
	if there, again := r.there(); !there && again == nil {
		return nil
	}
	return r.told("look at", err)
}

func inForce(h *netns.Handle, u tableUndo) (yes bool, err error) {
	err = inTable(h, u.Table, func(r ruleset) error {
		there, err := r.there()
		if !there || err != nil {
			return err
		}
		l, err := layoutOf(u.Cut)
		if err != nil {
			return err
		}
		elements, err := r.GetSetElements(r.armed()) // without those that have run out
		if err != nil || len(elements) < len(armedElements(0)) {
			return r.gone(err)
		}
		for _, c := range l.chains {
			rules, err := r.GetRules(r.table, &nftables.Chain{Name: c.name})
			if err != nil || len(rules) != len(c.rules) {
				return r.gone(err)
			}
		}
		yes = true
		return nil
	})
	return yes, err
}

// renew puts new elements in the place of the old ones in one transaction: there is no moment without. It fails as a
// whole where there are no old ones, so that what is over stays over. Adding alone would leave the old time-out on
// kernels before 6.12.
func renew(h *netns.Handle, u tableUndo) error {
	return inTable(h, u.Table, func(r ruleset) error {
		elements := armedElements(u.lease())
		if err := errors.Join(r.SetDeleteElements(r.armed(), elements), r.SetAddElements(r.armed(), elements)); err != nil {
			return r.told("renew", err)
		}
		err := r.Flush()
		if errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("the fault in %s is not in force any more: its table was deleted, or its lease of %s ran out", u.Place, u.lease())
		}
		return r.told("renew", err)
	})
}

// remove deletes the table and looks that it is gone. One that is not there is fine.
func remove(h *netns.Handle, name string) error {
	return inTable(h, name, func(r ruleset) error {
		r.DelTable(r.table)
		if err := r.Flush(); err != nil && !errors.Is(err, unix.ENOENT) {
			return r.told("delete", err)
		}
		there, err := r.there()
		if there {
			return fmt.Errorf("the nftables table %s is still there after it was deleted: run nft delete table inet %s in %s", name, name, h.ID)
		}
		return err
	})
}

// stopped sums up what the rules have counted that decide about packets.
func stopped(h *netns.Handle, u tableUndo) (packets, bytes uint64, err error) {
	err = inTable(h, u.Table, func(r ruleset) error {
		rules, err := r.GetRules(r.table, &nftables.Chain{Name: fate})
		if err != nil {
			return r.told("look at", err)
		}
		if len(rules) == 0 {
			return fmt.Errorf("the fault in %s is not in force any more: the nftables table %s is gone", u.Place, u.Table)
		}
		for _, rule := range rules {
			for _, e := range rule.Exprs {
				if c, ok := e.(*expr.Counter); ok {
					packets, bytes = packets+c.Packets, bytes+c.Bytes
				}
			}
		}
		return nil
	})
	return packets, bytes, err
}

// ourTables are the names of the tables in a namespace that bear our mark.
func ourTables(h *netns.Handle) (names []string, err error) {
	err = inTable(h, "", func(r ruleset) error {
		all, err := r.ListTablesOfFamily(nftables.TableFamilyINet)
		if err != nil {
			return fmt.Errorf("cannot list the nftables tables of %s: %w", h.ID, err)
		}
		for _, t := range all {
			if tableName.MatchString(t.Name) {
				names = append(names, t.Name)
			}
		}
		return nil
	})
	return names, err
}

package network

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/internal/site"
)

// lease is how long a table stays in force when nobody renews it.
const lease = 10 * time.Second

// tableName is the mark on our tables: nobody else calls theirs so.
var tableName = regexp.MustCompile(`^friday_[0-9a-f]{12}$`)

// What becomes of the packets that a cut means.
const (
	drop        = "drop"        // they vanish; only who sends UDP from the place itself is told, with EPERM: the kernel will have it so
	prohibit    = "prohibit"    // TCP is reset, the others are told that it is forbidden
	unreachable = "unreachable" // TCP is reset, the others are told that nobody listens
)

// cut says which packets are meant, and what becomes of them. A packet is meant by the peer at its other end, by either
// of its ports, and by its protocol, as far as each is said.
type cut struct {
	Everything bool        `json:"everything,omitempty"` // all peers
	Peers      []string    `json:"peers,omitempty"`      // networks
	Ports      [][2]uint16 `json:"ports,omitempty"`      // first and last, in order, none touching the next
	Protocol   string      `json:"protocol,omitempty"`   // tcp, udp, icmp; "" is any
	In         bool        `json:"in,omitempty"`         // what comes from the peers
	Out        bool        `json:"out,omitempty"`        // what goes to them
	Loopback   bool        `json:"loopback,omitempty"`   // with Everything: loopback, too
	Action     string      `json:"action"`
	Share      uint32      `json:"share"` // how many of 10,000 packets
}

// whole is the Share of all packets.
const whole = 10_000

// tableUndo is one table in one namespace: all that is needed to install it, to look at it and to delete it.
type tableUndo struct {
	NS      netns.ID `json:"ns"`
	Path    string   `json:"path,omitempty"` // where it is looked for first
	Place   string   `json:"place"`          // for people
	Table   string   `json:"table"`
	LeaseMS int64    `json:"lease_ms"`
	Cut     cut      `json:"cut"`
}

func newTableUndo(p place, c cut) tableUndo {
	random := make([]byte, 6)
	_, _ = rand.Read(random) // never fails
	return tableUndo{NS: p.NS, Path: p.Path, Place: p.Name, Table: "friday_" + hex.EncodeToString(random), LeaseMS: lease.Milliseconds(), Cut: c}
}

func (u tableUndo) lease() time.Duration { return time.Duration(u.LeaseMS) * time.Millisecond }

// readTable reads an undo. One that names no table of ours is never acted upon.
func readTable(c attacks.Change) (tableUndo, error) {
	u, err := attacks.ReadUndo[tableUndo](c)
	if err != nil {
		return u, err
	}
	if !tableName.MatchString(u.Table) || u.NS.Inode == 0 || u.LeaseMS <= 0 {
		return u, fmt.Errorf("cannot read the undo of %s: it names no table of ours", c.Target)
	}
	return u, nil
}

// prefixes are the peers.
func (c cut) prefixes() ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, len(c.Peers))
	var failed []error
	for i, text := range c.Peers {
		var err error
		prefixes[i], err = netip.ParsePrefix(text)
		failed = append(failed, err)
	}
	return prefixes, several.Errors(failed...)
}

// tables are the methods of every attack that is a table of rules.
type tables struct{}

// Inject installs the table, in one transaction.
func (tables) Inject(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u, err := readTable(c)
	if err != nil {
		return err
	}
	err = inNamespace(u, func(h *netns.Handle) error { return install(h, u) })
	if errors.Is(err, netns.ErrGone) {
		return fmt.Errorf("%s was planned for and nothing was touched: %w", u.Place, err)
	}
	return err
}

// Active reports whether the table is there with all its rules, and its lease has not run out.
func (tables) Active(_ context.Context, c attacks.Change) (active bool, err error) {
	u, err := readTable(c)
	if err != nil {
		return false, err
	}
	err = inNamespace(u, func(h *netns.Handle) error {
		active, err = inForce(h, u)
		return err
	})
	if errors.Is(err, netns.ErrGone) {
		return false, nil
	}
	return active && err == nil, err
}

// Revert deletes the table, and looks that it is gone.
func (tables) Revert(_ context.Context, c attacks.Change) error {
	u, err := readTable(c)
	if err != nil {
		return err
	}
	err = inNamespace(u, func(h *netns.Handle) error { return remove(h, u.Table) })
	if errors.Is(err, netns.ErrGone) {
		return nil
	}
	return err
}

// Lease is how long the kernel keeps a table in force when nobody renews it.
func (tables) Lease() time.Duration { return lease }

// Renew begins the lease of a table anew.
func (tables) Renew(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u, err := readTable(c)
	if err != nil {
		return err
	}
	return inNamespace(u, func(h *netns.Handle) error { return renew(h, u) })
}

// Measure counts the packets that the table has stopped.
func (tables) Measure(_ context.Context, c attacks.Change) (e attacks.Effect, err error) {
	u, err := readTable(c)
	if err != nil {
		return e, err
	}
	err = inNamespace(u, func(h *netns.Handle) error {
		packets, bytes, err := stopped(h, u)
		e = effect(u.Cut, packets, bytes)
		return err
	})
	return e, err
}

// Sites tells where the fault is.
func (tables) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	u, err := readTable(c)
	if err != nil {
		return nil, err
	}
	return sites(u.NS, u.Path)
}

func effect(c cut, packets, bytes uint64) attacks.Effect {
	word, noun := "dropped", "packets"
	if c.Action != drop {
		word = "refused"
	}
	if packets == 1 {
		noun = "packet"
	}
	return attacks.Effect{Hits: packets, Text: fmt.Sprintf("%d %s %s (%s)", packets, noun, word, size(bytes))}
}

// size is a number of bytes for people.
func size(bytes uint64) string {
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if below := uint64(1) << (10 * (i + 1)); bytes >= below && (bytes < below<<10 || unit == "TiB") {
			return fmt.Sprintf("%.1f %s", float64(bytes)/float64(below), unit)
		}
	}
	return fmt.Sprintf("%d B", bytes)
}

// inNamespace finds the namespace of a table, wherever it is still in use. ErrGone if it is in use nowhere.
func inNamespace(u tableUndo, f func(*netns.Handle) error) error {
	h, err := netns.Open(u.NS, u.Path)
	if err != nil {
		return err
	}
	return several.Errors(f(h), h.Close())
}

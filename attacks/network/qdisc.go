package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/site"
)

// Devices are the parameters of every attack that puts a queue of its own before network devices. What leaves through
// a device is hit, not what comes in. The kernel has no timer for it: the journal and the guard undo it.
type Devices struct {
	Targets `yaml:",inline"`
	Device  string `yaml:"device" doc:"only this network device; by default all that are up, except loopback and those that lie on another (a bridge, a VLAN, a bond)"`

	Peers      []string     `yaml:"peers" doc:"only what is sent to these: addresses, networks such as 10.0.0.0/8, or host names (resolved when the run is planned); by default everything"`
	Containers docker.Match `yaml:"peer_containers" doc:"only what is sent to these containers, at their addresses on all their networks"`
}

var (
	_ attacks.Limited  = (*Devices)(nil)
	_ attacks.Sited    = (*Devices)(nil)
	_ attacks.Measured = (*Devices)(nil)
	_ attacks.Sweeper  = (*Devices)(nil)
	_ diag.Checker     = (*Devices)(nil)
)

// Check finds what the types of the parameters do not tell.
func (d *Devices) Check() []diag.FieldError {
	return append(d.Targets.Check(), d.filter().check()...)
}

// filter says whom the attack is about, in the terms of the others.
func (d *Devices) filter() *Filter { return &Filter{Peers: d.Peers, Containers: d.Containers} }

// device is a network device beyond confusion with a later one of the same name or index.
type device struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
	MAC   string `json:"mac,omitempty"`
}

// queueUndo is one queue before one device.
type queueUndo struct {
	NS     netns.ID `json:"ns"`
	Path   string   `json:"path"` // where the namespace was found
	Name   string   `json:"name"`
	Device device   `json:"device"`
	Handle uint32   `json:"handle"` // of the root, one of ours
	Queue  queue    `json:"queue"`
}

// queue is what is put before a device: a tbf if it has a rate, else a netem.
type queue struct {
	Rate  uint64         `json:"rate,omitempty"`  // bytes in a second
	Burst uint32         `json:"burst,omitempty"` // bytes
	Limit uint32         `json:"limit,omitempty"` // bytes that may wait
	Netem *netem         `json:"netem,omitempty"`
	Peers []netip.Prefix `json:"peers,omitempty"` // none: everything
}

// netem is what the queue of that name does to packets. Shares are percentages.
type netem struct {
	Delay       time.Duration `json:"delay,omitempty"`
	Jitter      time.Duration `json:"jitter,omitempty"`
	Correlation float64       `json:"correlation,omitempty"`
	Duplicate   float64       `json:"duplicate,omitempty"`
	Corrupt     float64       `json:"corrupt,omitempty"`
	Reorder     float64       `json:"reorder,omitempty"`
	Gap         uint32        `json:"gap,omitempty"`
}

// leaf is the kind of the queue that does the work.
func (q queue) leaf() string {
	if q.Netem != nil {
		return "netem"
	}
	return "tbf"
}

// root is the kind of the queue at the root of the device: with peers, one that sorts.
func (q queue) root() string {
	if len(q.Peers) > 0 {
		return "htb"
	}
	return q.leaf()
}

// Inject puts the queue before the device. One that is the user's is never replaced.
func (d *Devices) Inject(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	undo, err := readQueue(c)
	if err != nil {
		return err
	}
	return notTouched(c, undo.put())
}

// Active reports whether the queue is there, whole.
func (d *Devices) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := readQueue(c)
	if err != nil {
		return false, err
	}
	active, err := undo.there()
	return active, cleanIfGone(err)
}

// Revert takes the queue away and makes sure that the kernel's own is back. It deletes by the handle, and no other.
func (d *Devices) Revert(_ context.Context, c attacks.Change) error {
	undo, err := readQueue(c)
	if err != nil {
		return err
	}
	return cleanIfGone(undo.take())
}

// Measure counts the packets that the queue has let through, and those that it has not.
func (d *Devices) Measure(_ context.Context, c attacks.Change) (attacks.Effect, error) {
	undo, err := readQueue(c)
	if err != nil {
		return attacks.Effect{}, err
	}
	return undo.measure()
}

// Sites tells in which network the device is.
func (d *Devices) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := readQueue(c)
	if err != nil {
		return nil, err
	}
	return sites(undo.NS, undo.Path)
}

// Sweep deletes every queue with a handle of ours, in every network namespace of this machine.
func (d *Devices) Sweep(ctx context.Context) ([]string, error) { return sweepQueues(ctx) }

func readQueue(c attacks.Change) (queueUndo, error) {
	undo, err := attacks.ReadUndo[queueUndo](c)
	if err == nil && (undo.NS.Inode == 0 || undo.Device.Index == 0 || undo.Handle == 0 || undo.Queue.Netem == nil && undo.Queue.Rate == 0) {
		err = errors.New("the undo of " + c.Target + " is not that of a queue")
	}
	return undo, err
}

// prefixes are the networks of those who are meant, none for everybody, and how they are told.
func (d *Devices) prefixes(ctx context.Context) (all []netip.Prefix, told string, err error) {
	c, told, err := d.filter().cut(ctx)
	if err != nil || c.Everything {
		return nil, "", err
	}
	if all, err = c.prefixes(); len(all) > mostPeers {
		err = fmt.Errorf("%d peers are more than the filter of a queue can hold: name networks, %d at most, or use network.loss or network.partition", len(all), mostPeers)
	}
	return all, " to " + told, err
}

// mostPeers is what the kernel's filter (u32) has room for, and some room left.
const mostPeers = 1000

package network

import (
	"context"
	"errors"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/netns"
	"github.com/failurefriday/friday/internal/site"
)

// DownKind is network.down. A device that is down bears no mark, so there is nothing that a sweep could find it by.
var DownKind = attacks.Kind{
	Name:    "network.down",
	Summary: "Put a network device down; its addresses, routes and permanent neighbours come back with it." + noTimer,
	Example: "{in: {container: {name: web}}, device: eth0}",
	New:     func() attacks.Attack { return &Down{} },
	AtOnce:  16,
}

// Down puts a device down.
type Down struct {
	Targets `yaml:",inline"`
	Device  string `yaml:"device" required:"true" doc:"the network device, such as eth0; loopback and one that is down already are refused"`
}

var (
	_ attacks.Attack  = (*Down)(nil)
	_ attacks.Limited = (*Down)(nil)
	_ attacks.Sited   = (*Down)(nil)
)

// downUndo is a device and what the kernel takes away when it goes down.
type downUndo struct {
	NS     netns.ID `json:"ns"`
	Path   string   `json:"path"` // where the namespace was found
	Name   string   `json:"name"`
	Device device   `json:"device"`
	At     int64    `json:"at"` // when it was looked at, in ns after boot: some addresses and routes expire
	// Above are the devices that lie on it. They go down and up with it.
	Above []above `json:"above,omitempty"`
	Kept  []kept  `json:"kept,omitempty"`
}

// above is a device that lies on another, and whether it was up.
type above struct {
	Device device `json:"device"`
	Up     bool   `json:"up"`
}

// kept is an address, a neighbour or a route as the kernel tells of it, and as it is told to bring it back.
type kept struct {
	What    string `json:"what"` // for people
	Kind    uint16 `json:"kind"` // the netlink message that makes it
	Message []byte `json:"message"`
}

// Plan finds the device. One that is down is refused: the revert would put up what somebody else put down.
func (d *Down) Plan(ctx context.Context) ([]attacks.Change, error) {
	places, err := d.choose(ctx)
	if err != nil {
		return nil, err
	}
	return d.plan(places)
}

// Inject puts the device down.
func (d *Down) Inject(ctx context.Context, c attacks.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	undo, err := readDown(c)
	if err != nil {
		return err
	}
	return notTouched(c, undo.down())
}

// Active reports whether the device is down.
func (d *Down) Active(_ context.Context, c attacks.Change) (bool, error) {
	undo, err := readDown(c)
	if err != nil {
		return false, err
	}
	down, err := undo.isDown()
	return down, cleanIfGone(err)
}

// Revert puts the device up and brings back what is missing of what was there. What is there again, or what somebody has
// put in its place, stays.
func (d *Down) Revert(ctx context.Context, c attacks.Change) error {
	undo, err := readDown(c)
	if err != nil {
		return err
	}
	return cleanIfGone(undo.up(ctx))
}

// Sites tells in which network the device is.
func (d *Down) Sites(_ context.Context, c attacks.Change) ([]site.Site, error) {
	undo, err := readDown(c)
	if err != nil {
		return nil, err
	}
	return sites(undo.NS, undo.Path)
}

func readDown(c attacks.Change) (downUndo, error) {
	undo, err := attacks.ReadUndo[downUndo](c)
	if err == nil && (undo.NS.Inode == 0 || undo.Device.Index == 0) {
		err = errors.New("the undo of " + c.Target + " is not that of a network device")
	}
	return undo, err
}

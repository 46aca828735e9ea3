package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
)

// About is what an engine says of itself.
type About struct {
	ID         string    // no other engine has it
	Now        time.Time // by its own clock
	StopSignal bool      // a stop or restart takes a signal of one's own: Engine 23 and newer; older ones pass over it
}

// About asks the engine about itself.
func (e *Engine) About(ctx context.Context) (About, error) {
	info, err := e.api.Info(ctx)
	if err != nil {
		return About{}, e.told("ask the engine about itself", err)
	}
	now, err := time.Parse(time.RFC3339Nano, info.SystemTime)
	if err != nil {
		return About{}, fmt.Errorf("the engine at %s tells no time: %w", e.Endpoint, err)
	}
	// Older engines of one host share their id; their folders they never share.
	return About{info.ID + " " + info.DockerRootDir, now, versions.GreaterThanOrEqualTo(e.api.ClientVersion(), "1.42")}, nil
}

// Sharers lists the running containers that live in the network of another one: their names by the id or name of that one.
func (e *Engine) Sharers(ctx context.Context) (map[string][]string, error) {
	list, err := e.api.ContainerList(ctx, container.ListOptions{})
	if err != nil {
		return nil, e.told("list the containers", err)
	}
	found := map[string][]string{}
	for _, s := range list {
		if of, ok := strings.CutPrefix(s.HostConfig.NetworkMode, "container:"); ok {
			found[of] = append(found[of], nameOf(s.Names))
		}
	}
	return found, nil
}

// Signalled lists the signals, by number, that the engine has sent to a container since then, by its own clock, a stop's
// among them. It remembers its last 256 events, whatever they are, and forgets them when it ends.
func (e *Engine) Signalled(ctx context.Context, id string, since time.Time) ([]int, error) {
	about, err := e.About(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, errs := e.api.Events(ctx, events.ListOptions{
		Since: seconds(since), Until: seconds(about.Now),
		Filters: filters.NewArgs(filters.Arg("type", "container"), filters.Arg("container", id), filters.Arg("event", "kill")),
	})
	var sent []int
	for {
		select {
		case m := <-messages:
			n, err := strconv.Atoi(m.Actor.Attributes["signal"])
			if err != nil {
				return nil, fmt.Errorf("the engine at %s tells of a signal without a number: %w", e.Endpoint, err)
			}
			sent = append(sent, n)
		case err := <-errs:
			if errors.Is(err, io.EOF) {
				return sent, nil
			}
			return nil, e.told("read the engine's events", err)
		}
	}
}

func seconds(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }

// Attachment is the place of a container on a network. It survives a round trip through JSON.
type Attachment struct {
	Network  string `json:"network"` // id
	Name     string `json:"name"`    // of the network
	Endpoint string `json:"endpoint,omitempty"`
	Wish     Wish   `json:"wish"`
	IPv4     string `json:"ipv4,omitempty"` // what it has; empty while the container does not run
	IPv6     string `json:"ipv6,omitempty"`
	MAC      string `json:"mac,omitempty"`
}

// Wish is how a container asked to be put on a network.
type Wish struct {
	IPv4       string            `json:"ipv4,omitempty"`
	IPv6       string            `json:"ipv6,omitempty"`
	LinkLocal  []string          `json:"link_local,omitempty"`
	MAC        string            `json:"mac,omitempty"` // never told by an engine, which only knows what it has
	Aliases    []string          `json:"aliases,omitempty"`
	Links      []string          `json:"links,omitempty"`
	DriverOpts map[string]string `json:"driver_opts,omitempty"`
	Gateway    int               `json:"gateway_priority,omitempty"`
}

// Equal reports whether both ask for the same.
func (w Wish) Equal(o Wish) bool { return reflect.DeepEqual(w.plain(), o.plain()) }

// plain makes empty of nil, so that what has been through JSON compares.
func (w Wish) plain() Wish {
	w.LinkLocal, w.Aliases, w.Links = append([]string{}, w.LinkLocal...), append([]string{}, w.Aliases...), append([]string{}, w.Links...)
	opts := map[string]string{}
	maps.Copy(opts, w.DriverOpts)
	w.DriverOpts = opts
	return w
}

// Attachments are the networks that the container is on: the one that it was made on first, the others by name.
func (c Container) Attachments() []Attachment {
	var all []Attachment
	for name, s := range c.Networks {
		a := Attachment{
			Network: s.NetworkID, Name: name, Endpoint: s.EndpointID, IPv4: s.IPAddress, IPv6: s.GlobalIPv6Address, MAC: s.MacAddress,
			Wish: Wish{Aliases: s.Aliases, Links: s.Links, DriverOpts: s.DriverOpts, Gateway: s.GwPriority},
		}
		if s.IPAMConfig != nil {
			a.Wish.IPv4, a.Wish.IPv6, a.Wish.LinkLocal = s.IPAMConfig.IPv4Address, s.IPAMConfig.IPv6Address, s.IPAMConfig.LinkLocalIPs
		}
		all = append(all, a)
	}
	later := func(a Attachment) int {
		if c.NetworkMode == a.Name || c.NetworkMode == a.Network {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b Attachment) int { return cmp.Or(later(a)-later(b), cmp.Compare(a.Name, b.Name)) })
	return all
}

// Attach puts a container on a network. Aliases that the engine adds by itself may be among those that are asked for.
func (e *Engine) Attach(ctx context.Context, networkID, id string, w Wish) error {
	s := &network.EndpointSettings{Aliases: w.Aliases, Links: w.Links, DriverOpts: w.DriverOpts, MacAddress: w.MAC, GwPriority: w.Gateway}
	if w.IPv4 != "" || w.IPv6 != "" || len(w.LinkLocal) > 0 {
		s.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: w.IPv4, IPv6Address: w.IPv6, LinkLocalIPs: w.LinkLocal}
	}
	return e.Connect(ctx, networkID, id, s)
}

// NetworkID is the id of the network that has the id or name. ErrGone if there is none.
func (e *Engine) NetworkID(ctx context.Context, idOrName string) (string, error) {
	in, err := e.api.NetworkInspect(ctx, idOrName, network.InspectOptions{})
	if err != nil {
		return "", e.told("inspect network "+idOrName, err)
	}
	return in.ID, nil
}

// Holder is the name of the running container that has the address on a network; "" if none has.
func (e *Engine) Holder(ctx context.Context, networkID, address string) (string, error) {
	want, err := netip.ParseAddr(address)
	if err != nil {
		return "", fmt.Errorf("no address: %w", err)
	}
	in, err := e.api.NetworkInspect(ctx, networkID, network.InspectOptions{})
	if err != nil {
		return "", e.told("inspect network "+networkID, err)
	}
	for _, member := range in.Containers {
		for _, text := range []string{member.IPv4Address, member.IPv6Address} {
			if has, err := netip.ParsePrefix(text); err == nil && has.Addr() == want {
				return member.Name, nil
			}
		}
	}
	return "", nil
}

package container

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/several"
)

// rejoin puts the container back on all networks. If it has never been off one, it is watched for a moment: a request that
// a dead runner has sent may be on its way.
func (h hand) rejoin(ctx context.Context) error {
	for round, limit := 0, time.Now().Add(comesWithin); ; {
		is, here, err := h.look(ctx)
		if err != nil || !here {
			return err
		}
		owed := slices.DeleteFunc(slices.Clone(h.Networks), func(a docker.Attachment) bool { return settled(is, a) })
		const rounds = 3
		switch {
		case len(owed) == 0 && (!h.untouched(is) || time.Now().After(limit)):
			return nil
		case len(owed) > 0 && round == rounds:
			return fmt.Errorf("it is taken off %s again and again", owed[0].Name)
		case len(owed) > 0:
			round++
			if err := h.join(ctx, is, owed); err != nil {
				return err
			}
			continue
		}
		if !clock.Pause(ctx, looksEvery) {
			return context.Cause(ctx)
		}
	}
}

// untouched reports whether the container has not been off any of the networks.
func (h hand) untouched(is docker.Container) bool {
	return !slices.ContainsFunc(h.Networks, func(a docker.Attachment) bool {
		now, on := attached(is, a)
		return !on || now.Endpoint != a.Endpoint
	})
}

// settled reports whether the container is connected as it was: in the same place, or in one that was asked for in the same
// way. An address that we asked for because it had it is no difference.
func settled(is docker.Container, a docker.Attachment) bool {
	now, on := attached(is, a)
	if !on {
		return false
	}
	if a.Wish.IPv4 == "" && now.Wish.IPv4 == a.IPv4 {
		now.Wish.IPv4 = ""
	}
	if a.Wish.IPv6 == "" && now.Wish.IPv6 == a.IPv6 {
		now.Wish.IPv6 = ""
	}
	return now.Endpoint != "" && now.Endpoint == a.Endpoint || now.Wish.Equal(a.Wish)
}

// join connects the container to networks, in their order, which is that of its interfaces. All are tried.
func (h hand) join(ctx context.Context, is docker.Container, owed []docker.Attachment) error {
	var failed []error
	for _, a := range owed {
		failed = append(failed, h.joinOne(ctx, is, a))
	}
	return several.Errors(failed...)
}

func (h hand) joinOne(ctx context.Context, is docker.Container, a docker.Attachment) error {
	id, err := h.network(ctx, a)
	if err != nil {
		return err
	}
	if _, on := attached(is, a); on { // connected by somebody else, and not as it was
		if err := h.leave(ctx, id); err != nil {
			return h.unlessGone(ctx, err)
		}
	}
	if err := h.enter(ctx, id, a.Wish); err != nil {
		return h.unlessGone(ctx, h.taken(ctx, id, a, err))
	}
	is, here, err := h.look(ctx)
	if err != nil || !here || !is.Running || is.Restarting {
		return err
	}
	return h.sameAddress(ctx, is, id, a)
}

// sameAddress asks for the address that the container had, if the engine has chosen another one this time. Where that is
// taken, or the network lets nobody choose, what the engine chose must do.
func (h hand) sameAddress(ctx context.Context, is docker.Container, id string, a docker.Attachment) error {
	now, on := attached(is, a)
	if !on || now.IPv4 == a.IPv4 && now.IPv6 == a.IPv6 && now.MAC == a.MAC {
		return nil
	}
	wish := a.Wish
	if now.IPv4 != a.IPv4 {
		wish.IPv4 = a.IPv4
	}
	if now.IPv6 != a.IPv6 {
		wish.IPv6 = a.IPv6
	}
	if now.MAC != a.MAC {
		wish.MAC = a.MAC
	}
	if err := h.leave(ctx, id); err != nil {
		return h.unlessGone(ctx, err)
	}
	if err := h.enter(ctx, id, wish); err == nil {
		return nil
	}
	return h.unlessGone(ctx, h.enter(ctx, id, a.Wish))
}

// network is the id of the network now: somebody may have removed it, which only an empty one allows, and made it again.
func (h hand) network(ctx context.Context, a docker.Attachment) (id string, err error) {
	for _, idOrName := range []string{a.Network, a.Name} {
		err = call(ctx, answersWithin, func(ctx context.Context) error {
			id, err = h.engine.NetworkID(ctx, idOrName)
			return err
		})
		if !errors.Is(err, docker.ErrGone) {
			return id, err
		}
	}
	return "", fmt.Errorf("network %s was removed while the container was off it: make it again (docker network create %[1]s), or remove the container", a.Name)
}

// taken says who has the address that somebody chose for the container.
func (h hand) taken(ctx context.Context, id string, a docker.Attachment, err error) error {
	for _, address := range []string{a.Wish.IPv4, a.Wish.IPv6} {
		if address == "" {
			continue
		}
		var holder string
		looked := call(ctx, answersWithin, func(ctx context.Context) (err error) {
			holder, err = h.engine.Holder(ctx, id, address)
			return err
		})
		if looked == nil && holder != "" {
			return fmt.Errorf("its address %s on network %s is taken by container %s: take that one off (%w)", address, a.Name, holder, err)
		}
	}
	return err
}

// unlessGone passes over the error if the container is not there any more.
func (h hand) unlessGone(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, here, looked := h.look(ctx); looked == nil && !here {
		return nil
	}
	return err
}

func (h hand) enter(ctx context.Context, networkID string, w docker.Wish) error {
	return call(ctx, answersWithin, func(ctx context.Context) error { return h.engine.Attach(ctx, networkID, h.ID, w) })
}

func (h hand) leave(ctx context.Context, networkID string) error {
	return call(ctx, answersWithin, func(ctx context.Context) error { return h.engine.Disconnect(ctx, networkID, h.ID) })
}

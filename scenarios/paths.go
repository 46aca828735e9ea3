package scenarios

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/verify"
)

// lookupWithin bounds the look-up of one name.
const lookupWithin = 5 * time.Second

// findPaths lists the connections that no network fault may cut: those that the caller knows, and the ways to the sources.
// A source whose name cannot be looked up will not be ready either, which stops the plan.
func (p *Plan) findPaths(ctx context.Context) {
	p.Paths = append(p.Paths, p.Setup.Paths...)
	for _, src := range p.Sources {
		remote, ok := src.Source.(verify.Remote)
		if !ok {
			continue
		}
		paths, err := pathsTo(ctx, "source "+src.Name, remote.Address())
		if err != nil {
			p.warn("the way to source %s cannot be protected from network faults: %v", src.Name, err)
		}
		p.Paths = append(p.Paths, paths...)
	}
}

// standard are the ports of URLs that name none.
var standard = map[string]string{"http": "80", "https": "443", "imap": "143", "imaps": "993"}

// pathsTo are the ways to a URL, one for each address that its host has.
func pathsTo(ctx context.Context, who, address string) ([]attacks.Path, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	number := u.Port()
	if number == "" {
		number = standard[u.Scheme]
	}
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s names no port", u.Host)
	}
	_, literal := netip.ParseAddr(u.Hostname())
	ctx, cancel := context.WithTimeout(ctx, lookupWithin)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil, err
	}
	var paths []attacks.Path
	for _, addr := range found {
		to := netip.AddrPortFrom(addr.Unmap(), uint16(port))
		paths = append(paths, attacks.Path{What: fmt.Sprintf("%s (%s)", who, to), Remote: to, Named: literal != nil && !addr.IsLoopback()})
	}
	return paths, nil
}

package probes

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
)

// listenerSites tells where the processes live that listen on a loopback port.
func listenerSites(host, port string) ([]site.Site, error) {
	if !isLoopback(host) {
		return nil, fmt.Errorf("%s may be another host: only what listens on the loopback interface can be looked up", host)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("%q is not a port: %w", port, err)
	}
	found, err := proc.Find(proc.Match{Port: number})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no process is seen to listen on port %d: there is none, or it belongs to another user", number)
	}
	return sitesOf(found)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// sitesOf tells where processes live; one that has gone meanwhile lives nowhere.
func sitesOf(found []proc.Info) ([]site.Site, error) {
	var sites []site.Site
	for _, f := range found {
		s, err := proc.SiteOf(f.ID)
		if errors.Is(err, proc.ErrGone) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot tell where %s lives: %w", f, err)
		}
		sites = append(sites, s)
	}
	if len(sites) == 0 {
		return nil, errors.New("the process has gone meanwhile")
	}
	return sites, nil
}

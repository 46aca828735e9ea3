package main

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/failurefriday/friday/attacks"
)

// ownPaths are the connections over which somebody may stop this run: the login by SSH that it was started from.
func (a *app) ownPaths() []attacks.Path {
	words := strings.Fields(a.getenv("SSH_CONNECTION")) // client, its port, server, its port: see ssh(1)
	if len(words) != 4 {
		return nil
	}
	client, err := netip.ParseAddrPort(joined(words[0], words[1]))
	if err != nil {
		return nil
	}
	server, err := netip.ParseAddrPort(joined(words[2], words[3]))
	if err != nil {
		return nil
	}
	return []attacks.Path{{What: fmt.Sprintf("the SSH connection from %s", client.Addr()), Remote: client, Local: server.Port()}}
}

func joined(addr, port string) string {
	addr, _, _ = strings.Cut(addr, "%") // a link-local address names its link
	if strings.Contains(addr, ":") {
		return "[" + addr + "]:" + port
	}
	return addr + ":" + port
}

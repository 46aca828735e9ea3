package probes

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// TCPKind is the probe `tcp`.
var TCPKind = verify.ProbeKind{
	Name:    "tcp",
	Summary: "connects to a TCP port; a paused process still accepts connections, only http sees that it hangs",
	Example: `{address: "127.0.0.1:5432"}`,
	New:     func() verify.Probe { return &TCP{} },
}

// TCP connects and hangs up. The kernel accepts connections for a process that is stopped, so green means only that the
// port is open. Connected from inside a network namespace, it goes through whatever is in force there.
type TCP struct {
	Address string `yaml:"address" required:"true" doc:"host:port to connect to"`
	From    From   `yaml:"from" doc:"network namespace that the connection begins in; by default that of Friday"`
}

var (
	_ verify.Sited   = (*TCP)(nil)
	_ diag.Validator = (*TCP)(nil)
)

// Validate lists all faults in the parameters.
func (p *TCP) Validate() []diag.FieldError {
	var faults []diag.FieldError
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil || host == "" {
		faults = append(faults, diag.FieldError{Field: "address", Msg: fmt.Sprintf("%q is not host:port", p.Address)})
	} else if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		faults = append(faults, diag.FieldError{Field: "address", Msg: fmt.Sprintf("%q is not a port: write a number from 1 to 65535", port)})
	}
	return append(faults, p.From.faults(host)...)
}

// Check connects once. The limit is the deadline of ctx.
func (p *TCP) Check(ctx context.Context) (verify.Pulse, error) {
	c := startClock(ctx)
	conn, err := p.From.dial(ctx, "tcp", p.Address)
	if err != nil {
		return c.failed(ctx, "connection", err)
	}
	_ = conn.Close() // it was there, that is all we wanted to know
	return green("connected in %s", c.took()), nil
}

// Sites tells where the process lives that listens on a loopback port.
func (p *TCP) Sites(context.Context) ([]site.Site, error) {
	if !p.From.here() {
		return nil, p.From.elsewhere()
	}
	host, port, err := net.SplitHostPort(p.Address)
	if err != nil {
		return nil, fmt.Errorf("%q is not host:port: %w", p.Address, err)
	}
	return listenerSites(host, port)
}

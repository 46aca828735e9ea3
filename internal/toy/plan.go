package toy

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"time"
)

// services are all services of the world. The monitor of each is called NAME-check.
var services = []string{"checkout", "search", "payments"}

// quick and slow are how patient a monitor can be: it pages after about Failures times Every.
func quick() MonitorOptions {
	return MonitorOptions{Every: 500 * time.Millisecond, Timeout: 400 * time.Millisecond, Failures: 3, OKs: 2}
}

func slow() MonitorOptions {
	return MonitorOptions{Every: 1500 * time.Millisecond, Timeout: time.Second, Failures: 3, OKs: 1}
}

// supervisedServices lists the supervisors of the services. The monitor of payments stands in the same group as
// payments, which is the mistake to be found.
func (w *World) supervisedServices() []SuperviseOptions {
	return []SuperviseOptions{
		{Name: "checkout-super", Restart: 2 * time.Second, Programs: [][]string{w.service("checkout")}},
		{Name: "search-super", Restart: 2 * time.Second, Programs: [][]string{w.service("search")}},
		{Name: "payments-super", Restart: time.Second, Together: true, Programs: [][]string{
			w.service("payments"), w.monitor("payments", quick()),
		}},
	}
}

// monitoring is the supervisor of the monitors of checkout and search, in another session than both.
func (w *World) monitoring() SuperviseOptions {
	return SuperviseOptions{Name: "monitoring", Restart: time.Second, Programs: [][]string{
		w.monitor("checkout", quick()), w.monitor("search", slow()),
	}}
}

func (w *World) service(name string) []string {
	o := ServiceOptions{Name: name, Addr: w.address(name)}
	return w.argv(name, "service", o.Args())
}

func (w *World) monitor(service string, o MonitorOptions) []string {
	o.Name, o.Service, o.URL = service+"-check", service, w.health(service)
	o.InboxURL, o.RoutingKey, o.Severity = w.options.InboxURL, service, "critical"
	return w.argv(o.Name, "monitor", o.Args())
}

func (w *World) address(service string) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(w.Ports[service]))
}

func (w *World) health(service string) string { return "http://" + w.address(service) + "/health" }

// closed lists the services whose port is not open yet.
func (w *World) closed([]byte) []string {
	return slices.DeleteFunc(slices.Clone(services), func(name string) bool {
		conn, err := net.DialTimeout("tcp", w.address(name), time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close() // it was open, that is all we wanted to know
		return true
	})
}

// unseen lists the services that their monitors have not yet written to be up.
func (w *World) unseen(log []byte) []string {
	return slices.DeleteFunc(slices.Clone(services), func(name string) bool {
		return bytes.Contains(log, fmt.Appendf(nil, "%s-check: %s is up\n", name, w.health(name)))
	})
}

// freePorts picks a free loopback port for each name. They lie below the range from which systems take the ports of
// outgoing connections, so that a client cannot take one while its service is down.
func freePorts(names []string) (map[string]int, error) {
	const lowest, count, tries = 20000, 12000, 100
	ports, taken := map[string]int{}, map[int]bool{}
	for range tries {
		port := lowest + rand.IntN(count)
		if taken[port] || !free(port) {
			continue
		}
		taken[port] = true
		ports[names[len(ports)]] = port
		if len(ports) == len(names) {
			return ports, nil
		}
	}
	return nil, errors.New("no free ports on 127.0.0.1 for the toy world")
}

func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// tail is the end of a log, enough to show what is wrong.
func tail(log []byte) []byte {
	const enough = 2000
	return log[max(0, len(log)-enough):]
}

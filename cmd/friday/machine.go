package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/scenarios/suggest"
)

// machine is what runs here, as far as it may be attacked.
type machine struct {
	protected  *proc.Protected
	containers []docker.Container
	name       string
	addresses  map[string]bool // of this machine
	unseen     []string        // what could not be looked at, a sentence each
	known      map[string]sight
	nearby     map[string]bool // servers, and whether they are of this machine
	programs   []string        // names of all that runs, and the ports on which somebody listens; nil: not known
	ports      map[int]bool
}

// sight is what a look has found, kept for the next rule that asks for the same.
type sight struct {
	targets []suggest.Target
	remarks []string // for the draft
}

// once looks, unless that has been done. What keeps a look from seeing all is a remark in every draft that uses it.
func (m *machine) once(key string, d *suggest.Draft, look func(*sight)) []suggest.Target {
	s, known := m.known[key]
	if !known {
		look(&s)
		m.known[key] = s
	}
	d.Remarks = append(d.Remarks, s.remarks...)
	return s.targets
}

func newMachine(ctx context.Context, conf *scenarios.Config) *machine {
	m := &machine{addresses: map[string]bool{"localhost": true, "": true, "0.0.0.0": true, "::": true, "host.docker.internal": true}, known: map[string]sight{}, nearby: map[string]bool{}}
	var err error
	if m.protected, err = proc.NewProtected(conf.Protected); err != nil {
		m.unseen = append(m.unseen, "processes: "+err.Error())
	}
	m.programs, _ = proc.Names() // where it is not known, every look asks again
	m.ports, _ = proc.Ports()
	if m.name, err = os.Hostname(); err == nil {
		m.addresses[m.name] = true
	}
	if own, err := net.InterfaceAddrs(); err == nil {
		for _, address := range own {
			if ip, _, err := net.ParseCIDR(address.String()); err == nil {
				m.addresses[ip.String()] = true
			}
		}
	}
	all, engine, err := docker.List(ctx, docker.Match{Name: match.Must("/./")})
	if err != nil {
		m.unseen = append(m.unseen, "containers: "+show.Shortened(show.OneLine(err.Error()), 120))
	}
	for _, c := range all {
		if c.Running && !c.Paused && !c.Restarting && !m.spared(c, engine) {
			m.containers = append(m.containers, c)
		}
	}
	return m
}

// spared reports whether a container is protected, or holds Friday itself. The attack refuses these, too.
func (m *machine) spared(c docker.Container, engine docker.Endpoint) bool {
	if self, err := proc.Self(); err == nil && self.Container == c.ID || c.Labels["friday.protected"] == "true" {
		return true
	}
	main, err := c.Process(engine)
	return err == nil && main.PID != 0 && (m.protected == nil || m.protected.Reason(main.PID) != "")
}

// listening is who listens on a port of this machine: a process, or the container behind Docker's proxy.
func (m *machine) listening(ctx context.Context, host string, port int, s *sight) {
	if m.ports != nil && !m.ports[port] {
		return
	}
	infos, others := m.processes(proc.Match{Port: port}, s)
	var t suggest.Target
	switch c, inside := m.holding(append(infos, others...)); {
	case inside:
		t = m.target(c, suggest.ByPort)
	case len(infos) == 0 || len(others) > 0 || infos[0].Name == dockerProxy:
		return // nobody, or somebody who is not to be hit; stopping Docker's proxy proves nothing of what is behind
	default:
		t = suggest.Target{Name: fullName(infos[0]), Count: len(infos), By: suggest.ByPort, Unit: unitOf(infos[0])}
	}
	at := "127.0.0.1"
	if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
		at = host
	}
	t.Port = port
	t.URL, t.Status = answering(ctx, net.JoinHostPort(at, strconv.Itoa(port)))
	s.targets = append(s.targets, t)
}

var proxied = regexp.MustCompile(`-container-ip[ =](\S+)`)

// holding is the container that processes are in, or that they speak for, being Docker's proxies.
func (m *machine) holding(infos []proc.Info) (docker.Container, bool) {
	for _, info := range infos {
		if found := proxied.FindStringSubmatch(info.Command); found != nil && info.Name == dockerProxy {
			return m.container(found[1])
		}
		where, err := proc.SiteOf(info.ID)
		if err != nil || where.Container == "" {
			continue
		}
		if i := slices.IndexFunc(m.containers, func(c docker.Container) bool { return c.ID == where.Container }); i >= 0 {
			return m.containers[i], true
		}
	}
	return docker.Container{}, false
}

// container is the one that has a name on a network, or an address.
func (m *machine) container(host string) (docker.Container, bool) {
	i := slices.IndexFunc(m.containers, func(c docker.Container) bool {
		if host == c.Name || host == c.Labels[composeService] {
			return true
		}
		for _, n := range c.Networks {
			if n != nil && (host == n.IPAddress || host == n.GlobalIPv6Address || slices.Contains(n.Aliases, host) || slices.Contains(n.DNSNames, host)) {
				return host != ""
			}
		}
		return false
	})
	if i < 0 {
		return docker.Container{}, false
	}
	return m.containers[i], true
}

// named is what is called like a name, or begins like it.
func (m *machine) named(name string, s *sight) {
	for _, c := range m.containers {
		if c.Name == name || c.Labels[composeService] == name {
			s.targets = append(s.targets, m.target(c, suggest.ByName))
		}
	}
	p, err := match.New("/^" + regexp.QuoteMeta(name) + "([-_.]|$)/")
	if err != nil || m.programs != nil && !slices.ContainsFunc(m.programs, p.Match) {
		return // no program has such a name
	}
	counts := map[string][]proc.Info{}
	infos, others := m.processes(proc.Match{Name: p}, s)
	for _, info := range infos {
		counts[fullName(info)] = append(counts[fullName(info)], info)
	}
	for _, info := range others {
		delete(counts, fullName(info)) // a selector by this name would mean those, too
	}
	for called, infos := range counts {
		t := suggest.Target{Name: called, Count: len(infos), By: suggest.ByPart, Unit: unitOf(infos[0])}
		if called == name {
			t.By = suggest.ByName
		}
		s.targets = append(s.targets, t)
	}
}

// fullName is the name of a program whose name the kernel has cut after 15 characters.
func fullName(i proc.Info) string {
	program, _, _ := strings.Cut(i.Command, " ")
	if whole := filepath.Base(program); strings.HasPrefix(whole, i.Name) {
		return whole
	}
	return i.Name
}

// processes are those that match and may be attacked, and the others: protected ones, Friday's own, and those in containers,
// which are the containers' business.
func (m *machine) processes(which proc.Match, s *sight) (infos, others []proc.Info) {
	all, err := proc.Find(which)
	if err != nil {
		s.remarks = append(s.remarks, fmt.Sprintf("processes with %s: %v", which, err))
		return nil, nil
	}
	for _, info := range all {
		where, err := proc.SiteOf(info.ID)
		contained := err == nil && where.Container != "" && len(m.containers) > 0
		if m.protected == nil || m.protected.Reason(info.PID) != "" || fridays(info) || contained {
			others = append(others, info)
		} else {
			infos = append(infos, info)
		}
	}
	return infos, others
}

// fridays reports whether a process is one of Friday's own: a run, a guard, an inbox. The demo's services are there to be
// broken.
func fridays(i proc.Info) bool {
	self, err := os.Executable()
	words := strings.Fields(i.Command)
	return err != nil || len(words) > 0 && filepath.Base(words[0]) == filepath.Base(self) && (len(words) == 1 || words[1] != "toy")
}

func unitOf(i proc.Info) string {
	where, err := proc.SiteOf(i.ID)
	if err != nil || !strings.HasSuffix(where.Unit, ".service") {
		return ""
	}
	return where.Unit
}

const composeProject, composeService = "com.docker.compose.project", "com.docker.compose.service"

// target is a container, with the replicas of its service.
func (m *machine) target(c docker.Container, by suggest.By) suggest.Target {
	t := suggest.Target{Container: true, Name: c.Name, Project: c.Labels[composeProject], Service: c.Labels[composeService], Count: 1, By: by, NoStop: m.noStop(c)}
	if t.Project != "" && t.Service != "" {
		t.Count = 0
		for _, o := range m.containers {
			if o.Labels[composeProject] == t.Project && o.Labels[composeService] == t.Service {
				t.Count++
			}
		}
	}
	return t
}

// noStop is why a container would not come back if it were stopped. The attack refuses to stop it, too.
func (m *machine) noStop(c docker.Container) string {
	switch {
	case c.AutoRemove:
		return "it was made with --rm, so it would be deleted when it stops"
	case slices.ContainsFunc(m.containers, func(o docker.Container) bool {
		return o.NetworkMode == "container:"+c.ID || o.NetworkMode == "container:"+c.Name
	}):
		return "others live in its network, and would be without one when it stops"
	}
	return ""
}

// answering is a page of this machine that answers with 2xx; empty if there is none.
func answering(ctx context.Context, address string) (url string, status int) {
	client := http.Client{
		Timeout:       time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true}, // and no proxy: it is here
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, path := range []string{"/health", "/healthz", "/-/healthy", "/", "/metrics"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			return "", 0
		}
		resp, err := client.Do(req)
		if err != nil {
			return "", 0 // it speaks no HTTP, or not here
		}
		_ = resp.Body.Close()
		if resp.StatusCode/100 == 2 {
			return "http://" + address + path, resp.StatusCode
		}
	}
	return "", 0
}

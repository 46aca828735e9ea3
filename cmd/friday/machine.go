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
	addresses  map[string]bool // of this machine
	unseen     []string        // what could not be looked at, a sentence each
}

func newMachine(ctx context.Context, conf *scenarios.Config) *machine {
	m := &machine{addresses: map[string]bool{"localhost": true, "": true, "0.0.0.0": true, "::": true}}
	var err error
	if m.protected, err = proc.NewProtected(conf.Protected); err != nil {
		m.unseen = append(m.unseen, "processes: "+err.Error())
	}
	if name, err := os.Hostname(); err == nil {
		m.addresses[name] = true
	}
	if own, err := net.InterfaceAddrs(); err == nil {
		for _, address := range own {
			if ip, _, err := net.ParseCIDR(address.String()); err == nil {
				m.addresses[ip.String()] = true
			}
		}
	}
	all, _, err := docker.List(ctx, docker.Match{Name: match.Must("/./")})
	if err != nil {
		m.unseen = append(m.unseen, "containers: "+show.Shortened(show.OneLine(err.Error()), 120))
	}
	for _, c := range all {
		if c.Running {
			m.containers = append(m.containers, c)
		}
	}
	return m
}

// draft looks for what a rule may be about.
func (m *machine) draft(ctx context.Context, r loadedRule) suggest.Draft {
	d := suggest.Draft{Rule: suggest.Rule{Name: r.Name, Expr: r.Expr, For: r.For, Interval: r.Interval, Where: strings.Trim(r.Group+", "+r.File, ", "), Service: r.Labels["service"]}}
	d.Remarks = slices.Clone(m.unseen)
	series, err := seriesOf(ctx, r)
	if err != nil {
		d.Remarks = append(d.Remarks, err.Error())
	}
	d.Hints = suggest.HintsOf(r.Expr, series)
	var found []suggest.Target
	for _, instance := range d.Hints.Instances {
		host, port := split(instance)
		switch {
		case !m.addresses[host]:
			d.Remarks = append(d.Remarks, instance+" is on another machine: friday suggest there finds what listens")
		case port > 0:
			found = append(found, m.listening(ctx, port, &d)...)
		}
	}
	for _, name := range d.Hints.Names {
		found = append(found, m.named(name, &d)...)
	}
	d.Targets = suggest.Rank(found)
	return d
}

// split is an instance as host and port; the port is 0 if there is none.
func split(instance string) (host string, port int) {
	host, text, err := net.SplitHostPort(instance)
	if err != nil {
		return instance, 0
	}
	port, _ = strconv.Atoi(text)
	return host, port
}

// listening is who listens on a port of this machine: a process, or the container behind Docker's proxy.
func (m *machine) listening(ctx context.Context, port int, d *suggest.Draft) []suggest.Target {
	infos := m.processes(proc.Match{Port: port}, d)
	if len(infos) == 0 {
		return nil
	}
	t := suggest.Target{Name: fullName(infos[0]), Port: port, Count: len(infos), By: suggest.ByPort, Unit: unitOf(infos[0])}
	if infos[0].Name == "docker-proxy" {
		c, ok := m.behind(infos[0].Command)
		if !ok {
			return nil // it is Docker's, and stopping it proves nothing of what is behind
		}
		t = containerTarget(c, suggest.ByPort)
		t.Port = port
	}
	t.URL, t.Status = answering(ctx, port)
	return []suggest.Target{t}
}

var proxied = regexp.MustCompile(`-container-ip[ =](\S+)`)

// behind is the container that a proxy of Docker's speaks for.
func (m *machine) behind(command string) (docker.Container, bool) {
	found := proxied.FindStringSubmatch(command)
	if found == nil {
		return docker.Container{}, false
	}
	i := slices.IndexFunc(m.containers, func(c docker.Container) bool {
		for _, n := range c.Networks {
			if n != nil && n.IPAddress == found[1] {
				return true
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
func (m *machine) named(name string, d *suggest.Draft) (found []suggest.Target) {
	for _, c := range m.containers {
		if t := containerTarget(c, suggest.ByName); c.Name == name || t.Service == name {
			found = append(found, t)
		}
	}
	for by, pattern := range map[suggest.By]string{suggest.ByName: "/^" + regexp.QuoteMeta(name) + "$/", suggest.ByPart: "/^" + regexp.QuoteMeta(name) + "[-_.]/"} {
		p, err := match.New(pattern)
		if err != nil {
			continue
		}
		counts := map[string][]proc.Info{}
		for _, info := range m.processes(proc.Match{Name: p}, d) {
			counts[fullName(info)] = append(counts[fullName(info)], info)
		}
		for called, infos := range counts {
			found = append(found, suggest.Target{Name: called, Count: len(infos), By: by, Unit: unitOf(infos[0])})
		}
	}
	return found
}

// fullName is the name of a program whose name the kernel has cut after 15 characters.
func fullName(i proc.Info) string {
	program, _, _ := strings.Cut(i.Command, " ")
	if whole := filepath.Base(program); strings.HasPrefix(whole, i.Name) {
		return whole
	}
	return i.Name
}

// processes are those that match and may be attacked. Those in containers are the containers' business.
func (m *machine) processes(which proc.Match, d *suggest.Draft) (infos []proc.Info) {
	all, err := proc.Find(which)
	if err != nil {
		d.Remarks = append(d.Remarks, fmt.Sprintf("processes with %s: %v", which, err))
		return nil
	}
	for _, info := range all {
		if m.protected == nil || m.protected.Reason(info.PID) != "" {
			continue
		}
		if where, err := proc.SiteOf(info.ID); err == nil && where.Container != "" && len(m.containers) > 0 {
			continue
		}
		infos = append(infos, info)
	}
	return infos
}

func unitOf(i proc.Info) string {
	where, err := proc.SiteOf(i.ID)
	if err != nil || !strings.HasSuffix(where.Unit, ".service") {
		return ""
	}
	return where.Unit
}

func containerTarget(c docker.Container, by suggest.By) suggest.Target {
	return suggest.Target{
		Container: true, Name: c.Name, Project: c.Labels["com.docker.compose.project"], Service: c.Labels["com.docker.compose.service"], Count: 1, By: by,
	}
}

// answering is a page of this machine that says whether a port is well: one that answers with 2xx.
func answering(ctx context.Context, port int) (url string, status int) {
	client := http.Client{Timeout: time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{"/health", "/healthz", "/-/healthy", "/", "/metrics"} {
		url := fmt.Sprintf("http://127.0.0.1:%d%s", port, path)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", 0
		}
		resp, err := client.Do(req)
		if err != nil {
			return "", 0 // it speaks no HTTP, or not here
		}
		_ = resp.Body.Close()
		if resp.StatusCode/100 == 2 {
			return url, resp.StatusCode
		}
	}
	return "", 0
}

package main

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	monitors "github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/scenarios/library"
)

// silence is a world for a scenario of the library: real monitoring with one of its configurations, services to break,
// and an inbox that is paged. What the files name is there; each thing is at an address of its own.
type silence struct {
	*lab
	name     string
	scenario string
	conf     monitors.Files    // the configuration, as the library has it
	at       map[string]string // where each address of the files really is
	prom     []*monitors.Server
	am       *monitors.Server
}

// The addresses that the files of the library use.
const (
	atInbox       = "127.0.0.1:9911"
	atOtherInbox  = "127.0.0.1:9912"
	atCheckout    = "127.0.0.1:18080"
	atProm        = "127.0.0.1:19090"
	atPushgateway = "127.0.0.1:19091"
	atRouter      = "127.0.0.1:19093"
	atNowhere     = "127.0.0.1:19094"
	atBlackbox    = "127.0.0.1:19115"
	atOtherProm   = "127.0.0.1:19190"
	atArchive     = "127.0.0.1:19201"
)

func newSilence(t testing.TB, name, variant string) *silence {
	t.Helper()
	file, ok := library.Find("silence/" + name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	files, err := library.Files(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &silence{lab: newLab(t), name: name, scenario: files["scenario.yaml"], conf: monitors.Files{}, at: map[string]string{}}
	for path, text := range files {
		if base, ok := strings.CutPrefix(path, variant+"/"); ok {
			s.conf[base] = text
		}
	}
	return s
}

// names reports whether the scenario or its configuration names an address, or its port alone.
func (s *silence) names(address string) bool {
	_, port, _ := net.SplitHostPort(address)
	for _, text := range append(slices.Collect(maps.Values(s.conf)), s.scenario) {
		if strings.Contains(text, address) || strings.Contains(text, `"`+port+`"`) || strings.Contains(text, "="+port+"\n") {
			return true
		}
	}
	return false
}

// real is the configuration with the addresses of this world.
func (s *silence) real() monitors.Files {
	var pairs []string
	for _, address := range slices.Sorted(maps.Keys(s.at)) {
		pairs = append(pairs, address, s.at[address])
	}
	return s.conf.With(pairs...)
}

// put has a server started where the files name its address and nothing is there yet.
func (s *silence) put(address string, start func() *monitors.Server) (started *monitors.Server) {
	s.t.Helper()
	if s.at[address] != "" || !s.names(address) {
		return nil
	}
	started = start()
	s.at[address] = started.Addr
	return started
}

// raise starts everything that the files name, in the order in which they need each other, and waits until the
// monitoring has settled.
func (s *silence) raise() {
	s.t.Helper()
	s.at[atInbox], s.at[atNowhere] = strings.TrimPrefix(s.page, "http://"), monitors.ClosedPort(s.t)
	if s.names(atOtherInbox) || s.name == "sf-29-blind-runner" {
		// An inbox that is attacked is a process of its own.
		for _, address := range []string{atInbox, atOtherInbox} {
			s.at[address] = s.program("/list", "inbox", "--listen").Addr
		}
	}
	if prepare := preparations[s.name]; prepare.before != nil {
		prepare.before(s)
	}
	for _, address := range []string{atCheckout, "127.0.0.1:18081", "127.0.0.1:18082", "127.0.0.1:18083", atArchive} {
		s.put(address, func() *monitors.Server { return s.program("/health", "toy", "service", "--name", "checkout", "--addr") })
	}
	s.put(atPushgateway, func() *monitors.Server { return monitors.Pushgateway(s.t) })
	s.put(atBlackbox, func() *monitors.Server { return monitors.Blackbox(s.t) })
	s.am = monitors.Alertmanager(s.t, s.real()["alertmanager.yml"])
	s.at[atRouter] = s.am.Addr
	for _, address := range []string{atProm, atOtherProm} {
		if p := s.put(address, s.prometheus); p != nil {
			s.prom = append(s.prom, p)
		}
	}
	if prepare := preparations[s.name]; prepare.after != nil {
		prepare.after(s)
	}
	for _, p := range s.prom {
		p.Settle(s.t)
	}
	if !s.names(atNowhere) {
		s.awaitCanary()
	}
	if prepare := preparations[s.name]; prepare.last != nil {
		prepare.last(s)
	}
}

// program starts friday as a server; its last argument is the address that it listens on.
func (s *silence) program(ready string, args ...string) *monitors.Server {
	s.t.Helper()
	return monitors.Start(s.t, monitors.Program{
		Name: s.exe, Ready: ready, Args: func(m *monitors.Server) []string { return append(slices.Clone(args), m.Addr) },
	})
}

func (s *silence) prometheus() *monitors.Server {
	return monitors.Prometheus(s.t, s.real(), "--rules.alert.resend-delay=1s")
}

// awaitCanary waits until the alert that always fires has come through to Alertmanager.
func (s *silence) awaitCanary() {
	s.t.Helper()
	s.am.Await(s.t, "the canary", func() error {
		var alerts []struct{}
		if err := s.am.Get("/api/v2/alerts?filter=alertname%3DWatchdog", &alerts); err != nil || len(alerts) > 0 {
			return err
		}
		return errors.New("it was not heard")
	})
}

// vars are the variables of the scenario that are ports, as arguments of friday run.
func (s *silence) vars() []string {
	s.t.Helper()
	var head struct {
		Vars map[string]struct {
			Default string `yaml:"default"`
		} `yaml:"vars"`
	}
	if err := yaml.Unmarshal([]byte(s.scenario), &head); err != nil {
		s.t.Fatal(err)
	}
	values := map[string]string{}
	for name, v := range head.Vars {
		values[name] = v.Default
	}
	for line := range strings.Lines(s.conf["vars.txt"]) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			values[name] = value
		}
	}
	var args []string
	for name, value := range values {
		if _, err := strconv.Atoi(value); err == nil {
			_, value, err = net.SplitHostPort(s.at["127.0.0.1:"+value])
			if err != nil {
				s.t.Fatalf("nothing is at the port of %s: %v", name, err)
			}
			args = append(args, "--var", name+"="+value)
		}
	}
	return args
}

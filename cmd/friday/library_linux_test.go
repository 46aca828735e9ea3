package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/toy"
)

// wants runs a scenario of the library against the shop: its exit code, words of its report, and everything as it was.
func (s *shop) wants(t *testing.T, file string, vars map[string]string, code int, says ...string) {
	t.Helper()
	before := s.states()
	got, out := s.play(file, vars)
	if got != code {
		t.Errorf("%s: exit code %d, want %d\n%s", file, got, code, out)
	}
	for _, want := range says {
		if !strings.Contains(out, want) {
			t.Errorf("%s: the report does not say %q\n%s", file, want, out)
		}
	}
	if after := s.states(); after != before {
		t.Errorf("%s: something was not put back:\n%s\nwas\n%s", file, after, before)
	}
}

func TestServiceStops(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	url := s.service("checkout", "checkout", toy.ServiceOptions{})
	monitor := s.monitor("checkout", url)
	s.wants(t, "container/service-stops.yaml", map[string]string{
		"project": s.project, "monitor": monitor, "within": "20s", "hold": "30s",
	}, exitPass, "PASS", "checkout is down")
}

func TestDatabaseCutOff(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	db := s.service("db", "db", toy.ServiceOptions{})
	app := s.service("checkout", "checkout", toy.ServiceOptions{Needs: []string{db}})
	monitor := s.monitor("checkout", app)
	s.wants(t, "network/database-cut-off.yaml", map[string]string{
		"project": s.project, "monitor": monitor, "within": "20s", "hold": "30s", "port": "8080",
		"address": strings.TrimSuffix(strings.TrimPrefix(db, "http://"), "/health"),
	}, exitPass, "PASS", "checkout is down", "packets dropped")
}

// TestWebNodes: one of four must not page, three must.
func TestWebNodes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var nodes []string
	for i := range 4 {
		nodes = append(nodes, s.service(fmt.Sprintf("web-%d", i+1), "web", toy.ServiceOptions{}))
	}
	s.monitor("web", s.service("front", "front", toy.ServiceOptions{Needs: nodes, Quorum: 2}))
	s.wants(t, "container/one-node-stops.yaml", map[string]string{"project": s.project, "hold": "4s"}, exitPass, "PASS")
	s.wants(t, "container/web-nodes-stop.yaml", map[string]string{"project": s.project, "within": "20s", "hold": "30s"},
		exitPass, "PASS", "web is down")
}

// TestZoneHangs: a monitor inside the zone that hangs says nothing; one outside does.
func TestZoneHangs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string // of the monitor
		code int
		says []string
	}{
		{"a", exitFailed, []string{"SILENT", "SF-02", "checkout-check"}},
		{"b", exitPass, []string{"PASS", "checkout is down"}},
	} {
		t.Run("monitor in zone "+c.zone, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			url := s.service("checkout", "checkout", toy.ServiceOptions{}, "zone="+s.tag+"-a")
			s.service("search", "search", toy.ServiceOptions{}, "zone="+s.tag+"-a")
			monitor := s.monitor("checkout", url, "zone="+s.tag+"-"+c.zone)
			s.wants(t, "container/zone-hangs.yaml", map[string]string{
				"zone": s.tag + "-a", "url": url, "monitor": monitor, "within": "8s", "hold": "10s",
			}, c.code, c.says...)
		})
	}
}

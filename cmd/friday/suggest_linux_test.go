package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/docker"
	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/internal/toy"
	"github.com/failurefriday/friday/scenarios/suggest"
)

// A monitor in the same project knows containers by their names and addresses on its network.
func TestDraftsForContainers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	address := strings.TrimSuffix(s.service("checkout", "checkout", toy.ServiceOptions{}), "/health")
	s.service("search", "search", toy.ServiceOptions{}, "friday.protected=true")
	host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for name, instance := range map[string]string{"name": "checkout:8080", "address": host + ":8080", "page": address + "/health"} {
		s.write("rules.yml", `groups: [{name: shop, rules: [{alert: Down, expr: 'probe_success{instance="`+instance+`"} == 0'}]}]`)
		code, out := s.run("suggest", "Down", "--rules", "rules.yml")
		if want := `container.stop: {match: {project: "` + s.project + `", service: "checkout"}}`; code != exitPass || !strings.Contains(out, want) {
			t.Fatalf("by its %s: exit %d, want %s\n%s", name, code, want, out)
		}
		if code, out := s.run("plan", s.write("draft.yaml", out)); code != exitPass {
			t.Errorf("by its %s: the plan exits with %d\n%s", name, code, out)
		}
	}
	frail := s.engine.Name(t, s.engine.Run(t, dockertest.Options{Name: "frail", AutoRemove: true}))
	s.write("rules.yml", `groups: [{name: shop, rules: [{alert: Down, expr: 'up{job="`+frail+`"} == 0'}]}]`)
	code, out := s.run("suggest", "Down", "--rules", "rules.yml")
	if want := `container.pause: {match: {name: "` + frail + `"}}`; code != exitPass || !strings.Contains(out, want) {
		t.Fatalf("made with --rm: exit %d, want %s\n%s", code, want, out)
	}
	if code, out := s.run("plan", s.write("draft.yaml", out)); code != exitPass {
		t.Errorf("made with --rm: the plan exits with %d\n%s", code, out)
	}
	s.write("rules.yml", `groups: [{name: shop, rules: [{alert: Down, expr: 'up{instance="search:8080", job="search"} == 0'}]}]`)
	if _, out := s.run("suggest", "Down", "--rules", "rules.yml"); !strings.Contains(out, "nothing was found") {
		t.Errorf("a protected container is suggested:\n%s", out)
	}
}

// farAway is a Prometheus on another machine.
type farAway struct{ ruler }

func (farAway) Address() string { return "http://monitoring.example.org:9090" }

// The loopback is that of the server which evaluates the rule.
func TestWhereInstancesAre(t *testing.T) {
	m := &machine{name: "web1", known: map[string]sight{}, nearby: map[string]bool{}, addresses: map[string]bool{"10.0.0.7": true}, containers: []docker.Container{{Name: "shop-db-1", Labels: map[string]string{composeService: "db"}}}}
	for instance, want := range map[string][2]string{ // seen by a server of this machine, and by another one
		"localhost:9": {"here", "away"}, "127.0.0.1:9": {"here", "away"}, "[::1]:9": {"here", "away"}, "10.0.0.7:9": {"here", "here"}, "10.0.0.8:9": {"away", "away"},
		"web1:9": {"here", "here"}, "web1.example.org:9": {"here", "here"}, "web12:9": {"away", "away"}, "db:5432": {"container", "container"}, "shop-db-1:5432": {"container", "container"},
	} {
		for i, live := range []ruler{nil, farAway{}} {
			d := suggest.Draft{Hints: suggest.Hints{Instances: []string{instance}}}
			found, away := m.instances(t.Context(), loadedRule{Rule: promql.Rule{}, live: live}, &d)
			got := "here" // and nobody listens there
			switch {
			case len(away) == 1:
				got = "away"
			case len(found) == 1 && found[0].Container:
				got = "container"
			}
			if got != want[i] {
				t.Errorf("%s, server %d: %s, want %s", instance, i, got, want[i])
			}
		}
	}
}

// Friday's own processes are no targets; the demo's are.
func TestFridayIsNotSuggested(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]bool{
		self: true, self + " inbox --listen 127.0.0.1:9": true, filepath.Base(self) + " run x.yaml": true, self + " toy service": false, "/usr/bin/checkout toy": false, "": false,
	} {
		if got := fridays(proc.Info{Command: command}); got != want {
			t.Errorf("%q: %t", command, got)
		}
	}
}

// Hundreds of rules look for names that nothing has: the processes are not walked through for each of them.
func TestWhatIsNotThereIsNotLookedFor(t *testing.T) {
	t.Parallel()
	called := fmt.Sprintf("dozer-%d", os.Getpid())
	child := exec.CommandContext(t.Context(), "sleep", "600")
	child.Args[0] = called
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Wait() }()
	defer func() { _ = child.Process.Kill() }()
	protected, err := proc.NewProtected(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		programs []string
		want     bool
	}{
		"not known":  {nil, true},
		"they are":   {[]string{"init", called}, true},
		"others are": {[]string{"another"}, false},
	} {
		var s sight
		m := machine{protected: protected, programs: c.programs}
		m.named(called, &s)
		if got := len(s.targets) > 0; got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// countedSeries answers when as many ask at once as may.
type countedSeries struct {
	ruler
	asking chan struct{}
}

func (c countedSeries) Series(ctx context.Context, selector string, _ time.Duration, _ ...string) ([]map[string]string, error) {
	c.asking <- struct{}{}
	for len(c.asking) < cap(c.asking) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		default:
			runtime.Gosched()
		}
	}
	return []map[string]string{{"job": selector}}, nil
}

// The series of many rules are asked for at the same time, and each rule gets its own.
func TestSeriesAreAskedForAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	live := countedSeries{asking: make(chan struct{}, seriesAtOnce)}
	var rules []loadedRule
	for i := range seriesAtOnce {
		rules = append(rules, loadedRule{Rule: promql.Rule{Name: "A", Expr: fmt.Sprintf("up%d == 0", i)}, live: live})
	}
	for i, got := range seriesOfAll(ctx, rules) {
		if want := fmt.Sprintf("up%d", i); got.err != nil || len(got.series) != 1 || got.series[0]["job"] != want {
			t.Errorf("rule %d: %+v, want %s", i, got, want)
		}
	}
}

package amconfig_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/amconfig"
)

// tree writes a random tree of routes in which every route has a receiver of its own, in all forms of matchers.
type tree struct {
	random    *rand.Rand
	text      strings.Builder
	receivers int
}

func (g *tree) pick(words ...string) string { return words[g.random.IntN(len(words))] }

func (g *tree) route(indent string, depth int) {
	fmt.Fprintf(&g.text, "receiver: r%d\n", g.receivers)
	g.receivers++
	if depth > 0 {
		g.matchers(indent)
		fmt.Fprintf(&g.text, "%scontinue: %s\n", indent, g.pick("true", "false"))
	}
	if children := g.random.IntN(4); depth < 3 && children > 0 {
		fmt.Fprintf(&g.text, "%sroutes:\n", indent)
		for range children {
			fmt.Fprintf(&g.text, "%s- ", indent)
			g.route(indent+"  ", depth+1)
		}
	}
}

func (g *tree) matchers(indent string) {
	name, value := g.pick("a", "b", "c"), g.pick("x", "y", "z")
	switch g.random.IntN(5) {
	case 0:
		fmt.Fprintf(&g.text, "%smatch: {%s: %s}\n", indent, name, value)
	case 1:
		fmt.Fprintf(&g.text, "%smatch_re: {%s: %q}\n", indent, name, value+"|w.*")
	case 2:
		fmt.Fprintf(&g.text, "%smatchers: ['%s%s%q', '%s!=%q']\n", indent, name, g.pick("=", "!=", "=~"), value, g.pick("a", "b"), value)
	case 3:
		fmt.Fprintf(&g.text, "%smatchers:\n%s- %s!~%s\n", indent, indent, name, value)
	case 4:
		fmt.Fprintf(&g.text, "%smatchers:\n%s- '{%s=%q, %s=~\".*\"}'\n", indent, indent, name, g.pick("", value), g.pick("a", "c"))
	}
}

func (g *tree) write() []byte {
	g.text.WriteString("route:\n  ")
	g.route("  ", 0)
	g.text.WriteString("receivers:\n")
	for i := range g.receivers {
		fmt.Fprintf(&g.text, "- name: r%d\n", i)
	}
	return []byte(g.text.String())
}

func TestAnAlertTakesTheRoutesThatAmtoolSays(t *testing.T) {
	t.Parallel()
	amtool := program(t, "amtool")
	for seed := range uint64(24) {
		g := tree{random: rand.New(rand.NewPCG(seed, 7))}
		data := g.write()
		path := filepath.Join(t.TempDir(), "am.yml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := amconfig.Parse(path, data)
		if err != nil || len(config.Problems) > 0 {
			t.Fatalf("seed %d: %v %v\n%s", seed, err, config.Problems, data)
		}
		for range 4 {
			alert := map[string]string{}
			args := []string{"config", "routes", "test", "--config.file=" + path}
			for _, name := range []string{"a", "b", "c"} {
				if value := g.pick("", "x", "y", "z", "w1"); value != "" {
					alert[name] = value
					args = append(args, name+"="+value)
				}
			}
			out, err := exec.CommandContext(t.Context(), amtool, args...).Output()
			if err != nil {
				t.Fatalf("amtool: %v\n%s\n%s", err, out, data)
			}
			var got []string
			for _, r := range config.Match(alert) {
				got = append(got, r.Receiver)
			}
			if want := strings.TrimSpace(string(out)); strings.Join(got, ",") != want {
				t.Errorf("seed %d: %v takes %v, amtool says %s\n%s", seed, alert, got, want, data)
			}
		}
	}
}

// program finds a program that the tests need.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed (apt-get install prometheus-alertmanager)", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

func TestEveryRouteIsWalkedParentsFirst(t *testing.T) {
	config := read(t, "route: {receiver: a, routes: [{receiver: b, routes: [{receiver: c}]}, {receiver: d}]}\n"+
		"receivers: [{name: a}, {name: b}, {name: c}, {name: d}]")
	var names []string
	for r := range config.Routes() {
		names = append(names, r.Receiver)
	}
	if !slices.Equal(names, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %v", names)
	}
	for range config.Routes() {
		break // a walk may be left
	}
}

// Package archtest holds the rules of the architecture: who may import whom, and how large things may grow.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/failurefriday/friday"

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath, Dir string
	Imports         []string
	GoFiles         []string
	Standard        bool
}

func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string]pkg{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")] = p
	}
}

// rule says what a package may import of this module (prefixes, "" is nothing) and from outside the standard library.
type rule struct {
	in   string // the package, or with /... its whole tree
	own  []string
	from []string // modules from outside; nil means any
}

// The vocabulary stands at the bottom, kinds above it, and what wires them at the top. The first rule that fits counts.
var rules = []rule{
	{"internal/site", nil, []string{}},
	{"internal/match", nil, []string{}},
	{"internal/secret", nil, []string{}},
	{"internal/...", []string{"internal/"}, nil},
	{"attacks", []string{"internal/site"}, []string{}},
	{"attacks/all", []string{"attacks"}, []string{}},
	{"attacks/journal", []string{"attacks", "internal/"}, nil},
	{"attacks/radius", []string{"attacks", "internal/"}, []string{}},
	{"attacks/...", []string{"attacks", "attacks/radius", "internal/"}, nil},
	{"verify", []string{"internal/match", "internal/secret", "internal/site"}, []string{}},
	{"verify/all", []string{"verify"}, []string{}},
	{"verify/judge", []string{"verify", "internal/"}, []string{"github.com/invopop/jsonschema"}},
	{"verify/...", []string{"verify", "internal/"}, nil},
	{"scenarios/library", nil, []string{}},
	{"scenarios/suggest", []string{"internal/promql"}, []string{}},
	{"scenarios", []string{"attacks", "attacks/journal", "verify", "verify/poll", "verify/judge", "verify/fate", "internal/"}, []string{"github.com/goccy/go-yaml", "github.com/invopop/jsonschema", "github.com/pb33f/ordered-map", "github.com/hashicorp/go-multierror", "golang.org/x/sync"}},
	{"reports/show", []string{"verify"}, []string{"github.com/charmbracelet/x/ansi"}},
	{"reports/digest", []string{"verify", "verify/judge"}, []string{}},
	{"reports/metrics", []string{"verify", "verify/judge", "reports/digest"}, []string{}},
	{"reports/todo", []string{"verify", "verify/judge", "reports/digest", "reports/show", "internal/"}, nil},
	{"reports", []string{"verify", "verify/judge", "reports/show", "reports/digest", "reports/todo", "internal/"}, nil},
	{"reports/...", []string{"verify", "verify/judge", "reports", "reports/", "internal/"}, nil},
	{"cmd/friday", nil, nil},
}

// siblings never know each other.
var strangers = map[string]string{"attacks": "verify", "verify": "attacks"}

// heavy modules stay out of the vocabulary: they may be imported only below the named folders.
var heavy = map[string][]string{
	"github.com/docker/":                {"internal/docker"}, // and the daemon of the tests beside it
	"github.com/vishvananda/":           {"attacks/network", "internal/netns"},
	"github.com/google/nftables":        {"attacks/network"},
	"github.com/spf13/cobra":            {"cmd/friday"},
	"charm.land/":                       {"cmd/friday"},
	"github.com/emersion/":              {"verify/mail", "internal/maillab", "reports/publish"},
	"modernc.org/":                      {"reports/store"},
	"github.com/chromedp/":              {"internal/browser"},
	"github.com/prometheus/prometheus/": {"internal/promql"},
}

// testOnly are packages that only tests and each other may import.
var testOnly = []string{"internal/dockertest", "internal/lab", "internal/maillab", "internal/icingalab", "internal/monitlab", "internal/browser", "attacks/attacktest", "verify/verifytest", "reports/sample"}

func TestImportsRunDownOnly(t *testing.T) {
	for name, p := range packages(t) {
		r, ok := ruleFor(name)
		if !ok {
			t.Errorf("%s: no rule says where this package stands", name)
			continue
		}
		if name == "cmd/friday" {
			continue
		}
		for _, imported := range p.Imports {
			checkImport(t, name, r, imported)
		}
	}
}

func checkImport(t *testing.T, name string, r rule, imported string) {
	t.Helper()
	if own, ok := strings.CutPrefix(imported, module+"/"); ok {
		if !slices.ContainsFunc(r.own, func(allowed string) bool { return allows(allowed, own) }) && !kindOfAll(name, own) {
			t.Errorf("%s imports %s: not allowed from there", name, own)
		}
		if slices.Contains(testOnly, own) && !slices.Contains(testOnly, name) {
			t.Errorf("%s imports %s: only tests may", name, own)
		}
		top, _, _ := strings.Cut(name, "/")
		if other := strangers[top]; other != "" && (own == other || strings.HasPrefix(own, other+"/")) {
			t.Errorf("%s imports %s: attacks and verify do not know each other", name, own)
		}
		return
	}
	if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
		return // the standard library
	}
	if r.from != nil && !slices.ContainsFunc(r.from, func(m string) bool { return strings.HasPrefix(imported, m) }) {
		t.Errorf("%s imports %s: this package keeps to the standard library", name, imported)
	}
	for mod, where := range heavy {
		if strings.HasPrefix(imported, mod) && !slices.ContainsFunc(where, func(w string) bool { return strings.HasPrefix(name, w) }) {
			t.Errorf("%s imports %s: that belongs in %v", name, imported, where)
		}
	}
}

// allows: "internal/" allows the tree, "verify" allows just that package.
func allows(allowed, own string) bool {
	return own == allowed || strings.HasSuffix(allowed, "/") && strings.HasPrefix(own, allowed)
}

// kindOfAll lets the lists import every kind of their tree.
func kindOfAll(name, own string) bool {
	tree, ok := strings.CutSuffix(name, "/all")
	return ok && strings.HasPrefix(own, tree+"/")
}

func ruleFor(name string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool {
		tree, all := strings.CutSuffix(r.in, "...")
		return name == r.in || all && strings.HasPrefix(name, tree)
	})
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

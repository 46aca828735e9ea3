package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestDocsAreFresh: the pages in docs/ that are generated say what the program says. `make docs` writes them anew.
func TestDocsAreFresh(t *testing.T) {
	for name, want := range pages() {
		got, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != want {
			t.Errorf("docs/%s is stale: run make docs", name)
		}
	}
}

// everyCommand walks the commands that a person sees.
func everyCommand(c *cobra.Command, visit func(*cobra.Command)) {
	if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
		return
	}
	visit(c)
	for _, sub := range c.Commands() {
		everyCommand(sub, visit)
	}
}

var exampleLine = regexp.MustCompile(`(?m)^  friday ([a-z]+)`)

// TestEveryCommandIsExplained: one line, an example, and only commands that exist.
func TestEveryCommandIsExplained(t *testing.T) {
	root := (&app{}).rootCommand()
	everyCommand(root, func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s has no summary or no example", c.CommandPath())
		}
		for _, m := range exampleLine.FindAllStringSubmatch(c.Example, -1) {
			if found, _, err := root.Find([]string{m[1]}); err != nil || found == root {
				t.Errorf("the example of %s calls %q, which does not exist", c.CommandPath(), m[1])
			}
		}
	})
}

// TestArchitectureNamesEveryPackage: the picture in docs/architecture.md has a line for every package.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range []string{"attacks", "verify", "scenarios", "internal"} {
		dirs, err := os.ReadDir(filepath.Join("..", "..", tree))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dirs {
			if d.IsDir() && d.Name() != "testdata" && !strings.Contains(string(text), d.Name()) {
				t.Errorf("docs/architecture.md does not tell of %s/%s", tree, d.Name())
			}
		}
	}
}

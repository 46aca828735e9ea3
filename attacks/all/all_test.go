package all

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
)

func TestKindsAreWellFormed(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+\.[a-z]+$`)
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if !name.MatchString(k.Name) {
			t.Errorf("%q is not noun.verb", k.Name)
		}
		if seen[k.Name] {
			t.Errorf("%s is there twice", k.Name)
		}
		seen[k.Name] = true
		if k.Summary == "" || strings.Contains(k.Summary, "\n") {
			t.Errorf("%s: the summary %q is not one line", k.Name, k.Summary)
		}
		if !strings.HasPrefix(k.Example, "{") || k.New() == nil {
			t.Errorf("%s: the example %q is no mapping, or New makes nothing", k.Name, k.Example)
		}
	}
	if !slices.IsSortedFunc(Kinds(), func(a, b attacks.Kind) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the list is not in order")
	}
}

func TestFind(t *testing.T) {
	for _, k := range Kinds() {
		if found, ok := Find(k.Name); !ok || found.Name != k.Name {
			t.Errorf("%s: got %q, %v", k.Name, found.Name, ok)
		}
	}
	if found, ok := Find("process.hug"); ok || found.New != nil {
		t.Errorf("found %q, which there is not", found.Name)
	}
}

package library_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	attacks "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/scenarios/library"
	verify "github.com/failurefriday/friday/verify/all"
)

func TestListFindsEveryFile(t *testing.T) {
	t.Parallel()
	want := []string{"demo/checkout-dies.yaml", "demo/payments-dies.yaml", "demo/search-hangs.yaml"}
	if got := library.List(); !slices.Equal(got, want) {
		t.Errorf("the library is %v, want %v", got, want)
	}
}

// Every file is a good scenario as it stands, is called what it says, and takes the port that the demo sets.
func TestEveryScenarioLoads(t *testing.T) {
	t.Parallel()
	opts := scenarios.LoadOptions{
		Kinds:   scenarios.Kinds{Attacks: attacks.Kinds(), Probes: verify.Probes(), Sources: verify.Sources()},
		Sources: []string{"inbox"},
	}
	for _, file := range library.List() {
		data, err := library.FS.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := scenarios.Load(file, data, opts)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := strings.TrimSuffix(path.Base(file), ".yaml"); plain.Name != want {
			t.Errorf("%s is called %s", file, plain.Name)
		}
		set := opts
		set.Vars = map[string]string{plain.Service + "_port": "20001"}
		moved, err := scenarios.Load(file, data, set)
		if err != nil {
			t.Error(err)
			continue
		}
		if moved.Definition == plain.Definition {
			t.Errorf("%s does not change with %s_port", file, plain.Service)
		}
	}
}

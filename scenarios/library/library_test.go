package library_test

import (
	"path"
	"path/filepath"
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
	onDisk, err := filepath.Glob("*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := library.List(); !slices.Equal(got, onDisk) || len(got) == 0 {
		t.Errorf("the library is %v, want %v", got, onDisk)
	}
}

// required are the variables that have no default, because nobody can guess them.
var required = map[string]string{"url": "http://192.0.2.7:8080/health", "address": "192.0.2.8:5432"}

// Every file is a good scenario, is called what it says, and changes with each of its variables.
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
		given := opts
		given.Vars = map[string]string{}
		for name, value := range required {
			if strings.Contains(string(data), "${"+name+"}") {
				given.Vars[name] = value
			}
		}
		plain, err := scenarios.Load(file, data, given)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := strings.TrimSuffix(path.Base(file), ".yaml"); plain.Name != want {
			t.Errorf("%s is called %s", file, plain.Name)
		}
		if plain.Title == "" || plain.Hypothesis == "" || plain.Service == "" {
			t.Errorf("%s lacks a title, a hypothesis or a service", file)
		}
		for name := range plain.Vars {
			if !strings.Contains(string(data), "${"+name+"}") {
				t.Errorf("%s declares %s and does not use it", file, name)
			}
		}
	}
}

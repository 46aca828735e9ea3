package library_test

import (
	"errors"
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
	folders, err2 := filepath.Glob("*/*/scenario.yaml")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	onDisk = append(onDisk, folders...)
	slices.Sort(onDisk)
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
		Sources: []string{"inbox", "pagerduty", "prometheus", "alertmanager"},
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
		if want := path.Base(library.Name(file)); plain.Name != want {
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

// TestFindTakesNameAndPath: both mean the same file, and nothing outside of the library is found.
func TestFindTakesNameAndPath(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"demo/checkout-dies":                     "demo/checkout-dies.yaml",
		"demo/checkout-dies.yaml":                "demo/checkout-dies.yaml",
		"silence/sf-06-never-fires":              "silence/sf-06-never-fires/scenario.yaml",
		"silence/sf-06-never-fires/broken":       "",
		"silence/base":                           "",
		"../library.go":                          "",
		"silence/sf-06-never-fires/friday.yaml":  "",
		"silence/sf-29-blind-runner/broken/vars": "",
	} {
		if got, ok := library.Find(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestEverySilenceIsComplete: both configurations can be run as they are copied, the broken one says what is wrong, and
// the fixed one does not.
func TestEverySilenceIsComplete(t *testing.T) {
	t.Parallel()
	for _, file := range library.List() {
		if !strings.HasPrefix(file, "silence/") {
			continue
		}
		files, err := library.Files(file)
		if err != nil {
			t.Error(err)
			continue
		}
		said := map[string]bool{}
		for name, text := range files {
			dir := path.Dir(name)
			said[dir] = said[dir] || strings.Contains(text, "WRONG: ")
		}
		for _, dir := range []string{"broken", "fixed"} {
			for _, name := range []string{"prometheus.yml", "rules.yml", "alertmanager.yml", "friday.yaml"} {
				if files[dir+"/"+name] == "" {
					t.Errorf("%s: no %s/%s", file, dir, name)
				}
			}
			if said[dir] != (dir == "broken") {
				t.Errorf("%s: %s says that something is wrong: %t", file, dir, said[dir])
			}
		}
	}
}

// TestFilesOfASingleScenario are that scenario.
func TestFilesOfASingleScenario(t *testing.T) {
	t.Parallel()
	files, err := library.Files("demo/checkout-dies.yaml")
	if err != nil || len(files) != 1 || !strings.Contains(files["checkout-dies.yaml"], "name: checkout-dies") {
		t.Errorf("%v, %v", files, err)
	}
	if _, err := library.Files("demo/nothing.yaml"); err == nil {
		t.Error("there is no such scenario, and no error")
	}
}

package scenarios_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/scenarios"
)

// fenced returns the first YAML example of a page.
func fenced(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the page has no example")
	}
	return example
}

func TestTheExampleOfThePageIsAScenario(t *testing.T) {
	sc, err := scenarios.Load("example.yaml", []byte(fenced(t, scenarios.FormatDocs(testKinds()))), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	if sc.Values["pid_file"] != "/run/checkout.pid" || len(sc.Steps[0].Expect) != 2 {
		t.Errorf("the example says something else: %v", sc.Values)
	}
}

func TestThePageExplainsEveryKey(t *testing.T) {
	page := scenarios.FormatDocs(testKinds())
	for _, of := range []any{scenarios.Scenario{}, scenarios.Step{}, scenarios.Expect{}, scenarios.IncidentMatch{}, scenarios.Probe{}, scenarios.Attack{}, scenarios.Var{}, scenarios.Config{}, scenarios.Limits{}} {
		for _, f := range decode.Fields(reflect.TypeOf(of)) {
			if f.Doc == "" {
				t.Errorf("%T: %s says nothing about itself", of, f.Key)
			}
			if !strings.Contains(page, "| `"+f.Key+"` |") {
				t.Errorf("%T: the page does not name %s", of, f.Key)
			}
		}
	}
	for _, k := range testKinds().Attacks {
		if !strings.Contains(page, "- `"+k.Name+"`: "+k.Summary) {
			t.Errorf("the page does not name %s", k.Name)
		}
	}
}

func TestTheLinksOfThePageLeadSomewhere(t *testing.T) {
	page := scenarios.FormatDocs(testKinds())
	links := regexp.MustCompile(`\]\(#([a-z-]+)\)`).FindAllStringSubmatch(page, -1)
	if len(links) == 0 {
		t.Fatal("the page has no links")
	}
	for _, link := range links {
		if !regexp.MustCompile(`(?im)^#+ ` + link[1] + `$`).MatchString(page) {
			t.Errorf("no heading for #%s", link[1])
		}
	}
}

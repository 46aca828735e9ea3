package ci_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/failurefriday/friday/reports/ci"
)

// TestTheGuide holds docs/ci.md to what there is: its pipelines are YAML, and name the formats and files that are written.
func TestTheGuide(t *testing.T) {
	data, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(data)
	pipelines := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(guide, -1)
	if len(pipelines) != 2 {
		t.Fatalf("%d pipelines, want 2", len(pipelines))
	}
	for _, p := range pipelines {
		var v map[string]any
		if err := yaml.Unmarshal([]byte(p[1]), &v); err != nil || len(v) == 0 {
			t.Errorf("%v: %v", v, err)
		}
	}
	for _, f := range ci.Formats() {
		row := "| `" + f.Name + "` | |"
		if f.File != "" {
			row = "| `" + f.Name + "` | `" + f.File + "` |"
		}
		if !strings.Contains(guide, row) {
			t.Errorf("the guide does not have %s", row)
		}
	}
	for _, m := range regexp.MustCompile(`friday-report/([a-z.-]+)`).FindAllStringSubmatch(guide, -1) {
		if !strings.Contains(guide, "`"+m[1]+"` |") {
			t.Errorf("nothing writes %s", m[1])
		}
	}
}

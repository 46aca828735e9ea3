package all

import (
	"reflect"
	"slices"
	"testing"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

// kind is what sources and probes have in common.
type kind struct {
	name, summary, example string
	new                    func() any
}

func kinds() map[string][]kind {
	lists := map[string][]kind{}
	for _, k := range Sources() {
		lists["source"] = append(lists["source"], kind{k.Name, k.Summary, k.Example, func() any { return k.New() }})
	}
	for _, k := range Probes() {
		lists["probe"] = append(lists["probe"], kind{k.Name, k.Summary, k.Example, func() any { return k.New() }})
	}
	return lists
}

func TestKindsAreNamedOnce(t *testing.T) {
	t.Parallel()
	for list, kinds := range kinds() {
		var seen []string
		for _, k := range kinds {
			if k.name == "" || k.summary == "" || slices.Contains(seen, k.name) {
				t.Errorf("%s %q (%q) has no name, no summary, or stands here twice", list, k.name, k.summary)
			}
			seen = append(seen, k.name)
		}
	}
}

// holder has one kind in it, as the probes of a scenario and the sources of friday.yaml have.
type holder struct{}

// problems decodes parameters as those files are decoded.
func problems(k kind, params string) error {
	data := []byte(k.name + ": " + params + "\n")
	report := diag.NewReport(data)
	root := decode.Parse("example.yaml", data, report)
	if root == nil {
		return report.Err()
	}
	slots := decode.Slots{reflect.TypeFor[holder](): {
		What:  "kind",
		Kinds: []decode.Kind{{Name: k.name, Summary: k.summary, New: k.new}},
		Set:   func(any, string, any) {},
	}}
	decode.Into(root, new(holder), slots, report)
	return report.Err()
}

func TestExamplesAreGoodAndOthersAreNot(t *testing.T) {
	t.Parallel()
	for list, kinds := range kinds() {
		for _, k := range kinds {
			if err := problems(k, k.example); err != nil {
				t.Errorf("the example of %s %s: %v", list, k.name, err)
			}
			if err := problems(k, "{no-such-key: 1}"); err == nil {
				t.Errorf("%s %s takes a key that it does not know", list, k.name)
			}
		}
	}
}

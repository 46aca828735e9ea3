package todo

import (
	"fmt"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/reports/show"
)

// Find returns the finding that text names: its id, or a beginning of it that no other has; F- may be left out, and
// letters may be large or small. The error names those that were probably meant.
func Find(items []Item, text string) (Item, error) {
	id := canonical(text)
	var fits []Item
	var ids, active []string
	for _, i := range items {
		if i.ID == id {
			return i, nil
		}
		if id != prefix && strings.HasPrefix(i.ID, id) {
			fits = append(fits, i)
		}
		ids = append(ids, i.ID)
		if i.Active() {
			active = append(active, i.ID)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		var lines []string
		for _, i := range fits {
			lines = append(lines, "  "+brief(i))
		}
		return Item{}, fmt.Errorf("%s fits several findings:\n%s", show.OneLine(text), strings.Join(lines, "\n"))
	}
	hint := "friday todo --all lists those that there are"
	if near, ok := diag.Nearest(id, ids); ok {
		hint = "did you mean " + near + "?"
	} else if len(active) > 0 && len(active) <= 8 {
		hint = "those that are not closed: " + strings.Join(active, ", ")
	}
	return Item{}, fmt.Errorf("no finding is called %s; %s", show.OneLine(text), hint)
}

// canonical is an id as it is made.
func canonical(id string) string {
	return prefix + strings.TrimPrefix(strings.ToLower(strings.TrimSpace(id)), strings.ToLower(prefix))
}

// brief is a finding in a few words, safe to show.
func brief(i Item) string {
	what := i.Service
	if what == "" {
		what = i.Scenario
	}
	return show.OneLine(fmt.Sprintf("%s  %s %s: %s", i.ID, i.Label(), what, i.Sentence()))
}

// Filter says which findings are meant. The zero Filter means those about which there is something to do.
type Filter struct {
	All     bool   // closed ones, too
	Owner   string // large or small; "nobody" means those without an owner
	Service string
}

// Nobody is the owner of what has none.
const Nobody = "nobody"

// Pick returns the findings that are meant, in the same order, and how many closed ones are left out for being closed.
func (f Filter) Pick(items []Item) (picked []Item, closed int) {
	for _, i := range items {
		owner := i.Owner
		if owner == "" {
			owner = Nobody
		}
		switch {
		case f.Owner != "" && !strings.EqualFold(f.Owner, owner), f.Service != "" && f.Service != i.Service:
		case !f.All && !i.Active():
			closed++
		default:
			picked = append(picked, i)
		}
	}
	return picked, closed
}

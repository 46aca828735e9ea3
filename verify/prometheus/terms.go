package prometheus

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/httpapi"
)

// terms are expressions that are asked all at once, in one query each time. Where there are too many for one, they take
// turns; where one spoils the query for the others, ever fewer are asked at once until it is found, and left out.
type terms struct {
	exprs  map[string]string // by name
	order  []string          // names, in the order in which they were added
	next   int
	size   int // how many are asked at once
	spoilt map[string]bool
	told   map[string][]series // the last answer to each; a term that was answered by nothing is there with none
}

const (
	mostTerms = 400
	mostQuery = 60_000    // bytes
	tag       = "friday_" // label that tells the terms of an answer apart
)

func newTerms() *terms {
	return &terms{exprs: map[string]string{}, size: mostTerms, spoilt: map[string]bool{}, told: map[string][]series{}}
}

// set adds a term, or changes its expression.
func (t *terms) set(name, expr string) {
	if _, known := t.exprs[name]; !known {
		t.order = append(t.order, name)
	}
	t.exprs[name] = expr
}

// ask makes one query, also if there is nothing to ask. That the terms cannot be answered leaves them as they were; any
// other failure is an error.
func (t *terms) ask(ctx context.Context, s *Source) error {
	names, query := t.batch()
	found, err := s.query(ctx, query, "vector")
	kind := httpapi.KindOf(err)
	switch {
	case err == nil:
	case kind == httpapi.Refused || kind == httpapi.Server && len(names) > 0: // 422, or 503 for one that took too long
		if len(names) == 1 {
			t.spoilt[names[0]] = true
			delete(t.told, names[0])
		}
		t.size = max(1, len(names)/2)
		return nil
	default:
		return err
	}
	t.size = min(2*t.size, mostTerms)
	t.next += len(names)
	for _, name := range names {
		t.told[name] = nil
	}
	for _, one := range found {
		i := slices.IndexFunc(names, func(name string) bool { return one.labels[tag] == name })
		if i < 0 {
			return fmt.Errorf("%s/api/v1/query: the answer holds what was not asked for", s.base)
		}
		delete(one.labels, tag)
		t.told[names[i]] = append(t.told[names[i]], one)
	}
	return nil
}

// batch are the terms whose turn it is, and the query for them.
func (t *terms) batch() (names []string, query string) {
	var parts []string
	length := 0
	for i := range t.order {
		name := t.order[(t.next+i)%len(t.order)]
		if t.spoilt[name] {
			continue
		}
		part := fmt.Sprintf(`label_replace(%s,%q,%q,"","")`, t.exprs[name], tag, name)
		if len(names) == t.size || length+len(part) > mostQuery && len(names) > 0 {
			break
		}
		names, parts, length = append(names, name), append(parts, part), length+len(part)
	}
	if len(names) == 0 {
		return nil, "vector(0) > 1"
	}
	return names, either(parts)
}

// either joins expressions by or, as a tree: a list would be as deep as it is long, and cost its square.
func either(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	half := len(parts) / 2
	return "(" + either(parts[:half]) + ") or (" + either(parts[half:]) + ")"
}

// asked reports whether a term has been answered, with something or with nothing.
func (t *terms) asked(name string) bool { _, ok := t.told[name]; return ok }

// value is the only value of a term's answer.
func (t *terms) value(name string) (float64, bool) {
	found := t.told[name]
	if len(found) != 1 {
		return 0, false
	}
	return found[0].samples[0].value, true
}

// jobs are the values of the label job in a term's answer, and the sum of its values.
func (t *terms) jobs(name string) (jobs []string, sum float64) {
	for _, one := range t.told[name] {
		jobs = append(jobs, one.labels["job"])
		sum += one.samples[0].value
	}
	slices.Sort(jobs)
	return jobs, sum
}

// quoted lists words for people.
func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(all, ", ")
}

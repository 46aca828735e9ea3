package pagerduty

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/failurefriday/friday/internal/diag"
)

// narrowing is which services the incidents are narrowed to. PagerDuty answers with nothing for a service that it does not
// have, which would pass for silence: so every one is looked up first, once.
type narrowing struct {
	wanted []string // names or ids

	mu  sync.Mutex
	ids []string // nil until they have been looked up
}

// find returns the ids of the services; none if incidents are not narrowed.
func (n *narrowing) find(ctx context.Context, s *Source) ([]string, error) {
	if len(n.wanted) == 0 {
		return nil, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ids != nil {
		return n.ids, nil
	}
	var ids, names []string
	missing := slices.Clone(n.wanted)
	err := s.walk("/services", "services", url.Values{}, func(o object) error {
		id, name := o.text("id"), name(o)
		names = append(names, name)
		if slices.Contains(n.wanted, id) || slices.Contains(n.wanted, name) {
			ids = append(ids, id)
			missing = slices.DeleteFunc(missing, func(w string) bool { return w == id || w == name })
		}
		return nil
	}).whole(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot look up the services to narrow to: %w", err)
	}
	if len(missing) > 0 {
		err := fmt.Errorf("services: there is none with the name or id %q", missing[0])
		if near, ok := diag.Nearest(missing[0], names); ok {
			err = fmt.Errorf("%w; did you mean %q?", err, near)
		}
		return nil, err
	}
	n.ids = ids
	return ids, nil
}

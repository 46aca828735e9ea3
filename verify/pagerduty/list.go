package pagerduty

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// Services returns the names of the services that can page somebody, sorted: those that are not disabled or, where the
// source is narrowed to services, these. It reads all pages of the list; an error means that it is not known.
func (s *Source) Services(ctx context.Context) ([]string, error) {
	var names []string
	err := s.walk("/services", "services", url.Values{}, func(o object) error {
		wanted := len(s.narrow.wanted) == 0 || slices.Contains(s.narrow.wanted, o.text("id")) || slices.Contains(s.narrow.wanted, name(o))
		switch {
		case !wanted || o.text("status") == "disabled":
		case name(o) == "":
			return errors.New("/services: one has no name")
		default:
			names = append(names, name(o))
		}
		return nil
	}).whole(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot list the services: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

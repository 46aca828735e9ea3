package prometheus

import (
	"context"
	"strings"
	"time"
)

// Series returns what the series that a selector matches, now or at any time in the time back from now, have under some
// labels, each combination once, in no order. Labels that a series does not have are missing.
func (s *Source) Series(ctx context.Context, selector string, back time.Duration, labels ...string) ([]map[string]string, error) {
	found, err := s.query(ctx, "group by ("+strings.Join(labels, ", ")+") (present_over_time("+selector+span(back)+"))", "vector")
	if err != nil {
		return nil, err
	}
	all := make([]map[string]string, len(found))
	for i, one := range found {
		all[i] = one.labels
	}
	return all, nil
}

package alertmanager

import (
	"context"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

var _ verify.Hearer = (*Source)(nil)

// Heard lists every alert that is there, whether or not it pages anybody, with when Prometheus last sent it.
func (s *Source) Heard(ctx context.Context) ([]verify.Incident, error) {
	alerts, err := s.alerts(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]verify.Incident, 0, len(alerts))
	for _, a := range alerts {
		in := s.incident(a, &amconfig.Route{})
		in.Key, in.Opened = "", a.StartsAt
		all = append(all, in)
	}
	return all, nil
}

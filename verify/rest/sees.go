package rest

import "github.com/failurefriday/friday/verify"

var _ verify.Sighted = (*Source)(nil)

// Sees lists the hops that the fields of the API tell of.
func (s *Source) Sees() []verify.Hop {
	hops := []verify.Hop{verify.IncidentCreated}
	if f := s.params.Fields; !f.Acknowledged.IsZero() || !f.Status.IsZero() {
		hops = append(hops, verify.IncidentAcknowledged)
	}
	return append(hops, verify.IncidentResolved)
}

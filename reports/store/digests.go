package store

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/digest"
)

// Filter says which runs are meant. The zero Filter means all.
type Filter struct {
	Since, Until time.Time // started at or after Since, and before Until; zero does not bound
	Scenario     string
	Service      string
	Environment  string
}

// Fits reports whether the run is meant.
func (f Filter) Fits(r digest.Run) bool {
	switch {
	case !f.Since.IsZero() && r.Started.Before(f.Since), !f.Until.IsZero() && !r.Started.Before(f.Until):
		return false
	case f.Scenario != "" && f.Scenario != r.Scenario, f.Service != "" && f.Service != r.Service:
		return false
	}
	return f.Environment == "" || f.Environment == r.Environment
}

// Digests returns the digests of the runs that are meant, oldest first. Runs that cannot be read are in unread, each with
// its Error, whatever the filter: what they were is not known. The error means that there is no answer at all.
func (s Store) Digests(_ context.Context, f Filter) (runs []digest.Run, unread []Run, err error) {
	ids, err := s.ids()
	if err != nil {
		return nil, nil, err
	}
	for _, id := range slices.Backward(ids) {
		r, err := s.read(filepath.Join(s.runs(), id))
		if err != nil {
			unread = append(unread, Run{ID: id, Error: err.Error()})
			continue
		}
		if d := digest.Of(r); f.Fits(d) {
			runs = append(runs, d)
		}
	}
	return runs, unread, nil
}

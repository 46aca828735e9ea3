package icinga2

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one Icinga 2 instance.
type Source struct {
	name  string
	base  string
	hosts []string
	clean func(string) string
	api   *httpapi.Client
	clock clock

	mu   sync.Mutex
	told map[string]*verify.Incident // by id: all that have been seen
	// hushed is, by object, when its last problem that Icinga told nobody of began or was over.
	hushed map[string]time.Time
}

var (
	_ verify.Source   = (*Source)(nil)
	_ verify.Clocked  = (*Source)(nil)
	_ verify.Remote   = (*Source)(nil)
	_ verify.Follower = (*Source)(nil)
	_ verify.Auditor  = (*Source)(nil)
)

// Address is the base URL of its API.
func (s *Source) Address() string { return s.base }

// Offset is how far Icinga's clock is ahead of ours, as of the last look at its status.
func (s *Source) Offset() (time.Duration, bool) { return s.clock.offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Bytes is how much has been read of the answers so far.
func (s *Source) Bytes() int64 { return s.api.Bytes() }

// ours is a moment of Icinga's clock by ours.
func (s *Source) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	offset, _ := s.Offset()
	return t.Add(-offset).UTC()
}

// now is Icinga's clock.
func (s *Source) now() time.Time {
	offset, _ := s.Offset()
	return time.Now().Add(offset).UTC()
}

// Ready reports whether the user may read the status, hosts, services and notifications.
func (s *Source) Ready(ctx context.Context) error {
	if _, err := s.status(ctx); err != nil {
		return unready(err)
	}
	_, err := s.Open(ctx)
	return unready(err)
}

// unready says what a refusal means.
func unready(err error) error {
	var refused *httpapi.Error
	switch {
	case errors.As(err, &refused) && refused.Code == http.StatusUnauthorized:
		return fmt.Errorf("the user or the password is not accepted by Icinga: %w", err)
	case errors.As(err, &refused) && (refused.Code == http.StatusForbidden || strings.Contains(refused.Body, "Missing permission")):
		return fmt.Errorf("the ApiUser lacks a permission (it needs objects/query/* and status/query): %w", err)
	}
	return err
}

// Open lists every problem that Icinga has now and would tell somebody of: a HARD state other than OK or UP, not in a
// downtime, with notifications switched on, of a host or service that can be reached. One that was told before stays open
// until it is over, whatever is done to keep it quiet.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	all, err := s.incidents(ctx)
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Status == verify.Resolved }), err
}

// Since lists every problem that became HARD at or after t, those included that are over. Icinga keeps no list of what is
// over: what was opened before the first look, or between two looks, and is over, is put together from what the object
// still tells of its last problem.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	all, err := s.incidents(ctx)
	from := t.Truncate(time.Microsecond)
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Opened.Before(from) }), err
}

// incidents asks for hosts, services and notifications, takes in what is new, and tells all problems that are known,
// oldest first.
func (s *Source) incidents(ctx context.Context) ([]verify.Incident, error) {
	all, err := s.checkables(ctx)
	if err != nil {
		return nil, err
	}
	notes, err := s.notifications(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range all {
		s.take(&all[i], notes[all[i].key])
	}
	known := make([]verify.Incident, 0, len(s.told))
	for _, in := range s.told {
		one := *in
		one.Notified = slices.Clone(in.Notified)
		known = append(known, one)
	}
	slices.SortFunc(known, func(a, b verify.Incident) int {
		if d := a.Opened.Compare(b.Opened); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return known, nil
}

package pagerduty

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one PagerDuty account.
type Source struct {
	name   string
	region string
	narrow narrowing
	local  bool // on this very machine, and so the embedded inbox or the like
	base   string
	api    *httpapi.Client
}

var (
	_ verify.Source  = (*Source)(nil)
	_ verify.Clocked = (*Source)(nil)
	_ verify.Tracer  = (*Source)(nil)
	_ verify.Remote  = (*Source)(nil)
)

// Address is the base URL of its REST API.
func (s *Source) Address() string { return s.base }

// Offset is how far PagerDuty's clock is ahead of ours.
func (s *Source) Offset() (time.Duration, bool) { return s.api.Offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Ready reads one incident, and looks up the services to narrow to.
func (s *Source) Ready(ctx context.Context) error {
	_, err := s.page(ctx, "/incidents", "incidents", url.Values{"limit": {"1"}}, func(o object) error {
		_, err := incident(o)
		return err
	})
	var refused *httpapi.Error
	switch {
	case err == nil:
		_, err = s.narrow.find(ctx, s)
		return err
	case errors.As(err, &refused) && refused.Code == http.StatusForbidden:
		return fmt.Errorf("the token may not read incidents: %w", err)
	case httpapi.KindOf(err) == httpapi.Auth:
		return fmt.Errorf("the token is not accepted (is the account in region %s?): %w", s.region, err)
	}
	return err
}

// Open lists every incident that is triggered or acknowledged, however old. Where there are more than can be paged
// through at once, it goes on in windows of time from the last one seen.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	query, err := s.query(ctx, "triggered", "acknowledged")
	if err != nil {
		return nil, err
	}
	query.Set("date_range", "all")
	var found []verify.Incident
	w := s.incidents(query, &found)
	cut, err := w.run(ctx)
	if cut {
		err = w.opened(ctx, latest(found), &found)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Since lists what was opened at or after t, and what has happened to it: one listing of incidents and, if there are any,
// one of log entries, whatever is expected of them.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	// Time stamps are whole seconds, cut off: what was opened at 10:00:00.7 is told as 10:00:00.
	from := t.Truncate(time.Second)
	query, err := s.query(ctx, "triggered", "acknowledged", "resolved")
	if err != nil {
		return nil, err
	}
	var found []verify.Incident
	if err := s.incidents(query, &found).opened(ctx, from, &found); err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(in verify.Incident) bool { return in.Opened.Before(from) })
	if len(found) == 0 {
		return found, nil
	}
	if err := s.addLog(ctx, found, from); err != nil {
		return nil, err
	}
	return found, nil
}

func (s *Source) query(ctx context.Context, statuses ...string) (url.Values, error) {
	services, err := s.narrow.find(ctx, s)
	q := url.Values{
		"statuses[]": statuses, "include[]": {"first_trigger_log_entries"}, "sort_by": {"created_at:asc"},
		"time_zone": {"UTC"},
	}
	if len(services) > 0 {
		q["service_ids[]"] = services
	}
	return q, err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

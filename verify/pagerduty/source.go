package pagerduty

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one PagerDuty account.
type Source struct {
	name     string
	region   string
	services []string
	api      *httpapi.Client
}

var (
	_ verify.Source  = (*Source)(nil)
	_ verify.Clocked = (*Source)(nil)
	_ verify.Tracer  = (*Source)(nil)
)

// Offset is how far PagerDuty's clock is ahead of ours.
func (s *Source) Offset() (time.Duration, bool) { return s.api.Offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Ready reads one incident.
func (s *Source) Ready(ctx context.Context) error {
	_, err := s.page(ctx, "/incidents", "incidents", url.Values{"limit": {"1"}}, func(object) error { return nil })
	if httpapi.KindOf(err) == httpapi.Auth {
		return fmt.Errorf("the token is not accepted (is the account in region %s?): %w", s.region, err)
	}
	return err
}

const (
	pageSize  = 100
	lastIndex = 10_000               // PagerDuty refuses to page beyond it
	window    = 180 * 24 * time.Hour // and to look at more than six months at once
)

// Open lists every incident that is triggered or acknowledged, however old. Where there are more than can be paged
// through at once, it goes on in windows of time from the last one seen.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	query := s.query("triggered", "acknowledged")
	query.Set("date_range", "all")
	found, err := s.incidents(ctx, query)
	for err == nil && len(found) >= lastIndex {
		before := len(found)
		found, err = s.openSince(ctx, found)
		if len(found) == before {
			break
		}
	}
	return found, err
}

// openSince adds what was opened after the last incident found, up to now.
func (s *Source) openSince(ctx context.Context, found []verify.Incident) ([]verify.Incident, error) {
	seen := map[string]bool{}
	for _, in := range found {
		seen[in.ID] = true
	}
	from := found[len(found)-1].Opened
	for now := time.Now().Add(time.Minute); from.Before(now); from = from.Add(window) {
		query := s.query("triggered", "acknowledged")
		query.Set("since", stamp(from))
		query.Set("until", stamp(from.Add(window)))
		more, err := s.incidents(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, in := range more {
			if !seen[in.ID] {
				seen[in.ID] = true
				found = append(found, in)
			}
		}
		if len(more) >= lastIndex {
			return found, nil // the next round begins where this window broke off
		}
	}
	return found, nil
}

// Since lists what was opened at or after t, and what has happened to it: one listing of incidents and, if there are any,
// one of log entries, whatever is expected of them.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	query := s.query("triggered", "acknowledged", "resolved")
	// Time stamps are whole seconds, cut off: what was opened at 10:00:00.7 is told as 10:00:00.
	from := t.Truncate(time.Second)
	query.Set("since", stamp(from))
	found, err := s.incidents(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(found) >= lastIndex {
		return nil, fmt.Errorf("more than %d incidents were opened since %s: PagerDuty does not show the rest", lastIndex, stamp(from))
	}
	found = slices.DeleteFunc(found, func(in verify.Incident) bool { return in.Opened.Before(from) })
	if len(found) == 0 {
		return found, nil
	}
	return found, s.addLog(ctx, found, from)
}

func (s *Source) query(statuses ...string) url.Values {
	q := url.Values{
		"statuses[]": statuses, "include[]": {"first_trigger_log_entries"}, "sort_by": {"created_at:asc"},
		"time_zone": {"UTC"},
	}
	if len(s.services) > 0 {
		q["service_ids[]"] = s.services
	}
	return q
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (s *Source) incidents(ctx context.Context, query url.Values) ([]verify.Incident, error) {
	var found []verify.Incident
	err := s.all(ctx, "/incidents", "incidents", query, func(o object) error {
		in, err := incident(o)
		in.Source = s.name
		found = append(found, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// all goes through all pages of a list, up to the last index that PagerDuty allows.
func (s *Source) all(ctx context.Context, path, list string, query url.Values, each func(object) error) error {
	query = maps.Clone(query)
	query.Set("limit", fmt.Sprint(pageSize))
	for offset := 0; offset+pageSize <= lastIndex; offset += pageSize {
		query.Set("offset", fmt.Sprint(offset))
		more, err := s.page(ctx, path, list, query, each)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

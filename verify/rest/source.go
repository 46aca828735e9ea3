package rest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/fields"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one API.
type Source struct {
	name   string
	params Params
	base   *url.URL
	api    *httpapi.Client

	mu    sync.Mutex
	known map[string]verify.Incident // where the list shows only what is open: all that it ever showed
}

var (
	_ verify.Source  = (*Source)(nil)
	_ verify.Clocked = (*Source)(nil)
	_ verify.Remote  = (*Source)(nil)
)

// Address is the base URL of the API.
func (s *Source) Address() string { return s.params.URL }

// Offset is how far the server's clock is ahead of ours.
func (s *Source) Offset() (time.Duration, bool) { return s.api.Offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Bytes is how much has been answered so far.
func (s *Source) Bytes() int64 { return s.api.Bytes() }

// Ready reads the first page of what is open.
func (s *Source) Ready(ctx context.Context) error {
	_, err := s.page(ctx, s.base.EscapedPath()+s.params.Path, s.query(s.params.OpenQuery, time.Time{}))
	switch httpapi.KindOf(err) {
	case httpapi.Auth:
		return fmt.Errorf("the credentials (auth) are not accepted: %w", err)
	case httpapi.Garbage:
		return fmt.Errorf("the answer is not as items, fields, states and times say: %w", err)
	}
	return err
}

// Open lists every incident that is not resolved.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	found, err := s.list(ctx, s.query(s.params.OpenQuery, time.Time{}))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(in verify.Incident) bool { return in.Status == verify.Resolved }), nil
}

// Since lists every incident that was opened at or after t.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	from := t.Truncate(time.Second) // many servers cut their time stamps off
	found, err := s.list(ctx, s.query(s.params.SinceQuery, from.Add(-time.Second)))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(in verify.Incident) bool { return in.Opened.Before(from) }), nil
}

// query makes the query of a list.
func (s *Source) query(more map[string]Values, since time.Time) url.Values {
	offset, _ := s.api.Offset()
	times := s.params.SinceTimes
	fill := strings.NewReplacer("{since}", times.Write(since), "{now}", times.Write(time.Now().Add(offset+time.Minute)))
	query := url.Values{}
	for _, part := range []map[string]Values{s.params.Query, more} {
		for name, values := range part {
			for _, v := range values {
				query.Add(name, fill.Replace(v))
			}
		}
	}
	return query
}

// list reads a list to its end. Where it shows only what is open, what it showed before and shows no more is over.
func (s *Source) list(ctx context.Context, query url.Values) ([]verify.Incident, error) {
	if !s.params.OpenOnly {
		return s.read(ctx, query)
	}
	s.mu.Lock() // an older answer must not be taken for a newer one
	defer s.mu.Unlock()
	found, err := s.read(ctx, query)
	if err != nil {
		return nil, err
	}
	offset, _ := s.api.Offset()
	now := time.Now().Add(offset).UTC()
	open := make(map[string]bool, len(found))
	for _, in := range found {
		open[in.ID], s.known[in.ID] = true, in
	}
	for id, in := range s.known {
		if !open[id] && in.Status != verify.Resolved {
			in.Status, in.Resolved = verify.Resolved, now
			s.known[id] = in
		}
	}
	if len(s.known) > mostItems {
		return nil, fmt.Errorf("%s has shown more than %d incidents, more than can be kept: narrow the query", s.params.URL, mostItems)
	}
	return slices.SortedFunc(maps.Values(s.known), func(a, b verify.Incident) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	}), nil
}

// incident is an item in the words of the vocabulary.
func (s *Source) incident(i fields.Item) verify.Incident {
	return verify.Incident{
		ID: i.ID, URL: i.URL, Source: s.name, Service: i.Service, Title: i.Title, Status: verify.Status(i.State),
		Urgency: i.Urgency, Severity: i.Severity, Key: i.Key, Labels: i.Labels,
		Opened: i.Opened, Acknowledged: i.Acknowledged, Resolved: i.Resolved,
	}
}

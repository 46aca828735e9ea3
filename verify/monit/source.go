package monit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one Monit.
type Source struct {
	name   string
	base   string
	cycles int
	api    *httpapi.Client

	mu   sync.Mutex
	last map[string]*verify.Incident // by service: the one that is open
	over []verify.Incident
}

var (
	_ verify.Source   = (*Source)(nil)
	_ verify.Clocked  = (*Source)(nil)
	_ verify.Remote   = (*Source)(nil)
	_ verify.Follower = (*Source)(nil)
	_ verify.Auditor  = (*Source)(nil)
)

// Address is the base URL of its HTTP interface.
func (s *Source) Address() string { return s.base }

// Offset is how far Monit's clock is ahead of ours.
func (s *Source) Offset() (time.Duration, bool) { return s.api.Offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Bytes is how much has been read of the answers so far.
func (s *Source) Bytes() int64 { return s.api.Bytes() }

// ours is a moment of Monit's clock by ours.
func (s *Source) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	offset, _ := s.Offset()
	return t.Add(-offset).UTC()
}

// Ready reports whether the status can be read.
func (s *Source) Ready(ctx context.Context) error {
	_, err := s.read(ctx)
	if httpapi.KindOf(err) == httpapi.Auth {
		return fmt.Errorf("the user or the password is not accepted by Monit: %w", err)
	}
	return err
}

// Open lists every service that has failed. Monit tells only how things are: an incident was opened when the service was
// checked that was first seen failed.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	all, err := s.incidents(ctx)
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Status == verify.Resolved }), err
}

// Since lists every failure that was first seen at or after t, those included that are over. What came and went between
// two looks nobody has seen.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	all, err := s.incidents(ctx)
	from := t.Truncate(time.Microsecond)
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Opened.Before(from) }), err
}

func (s *Source) incidents(ctx context.Context) ([]verify.Incident, error) {
	now, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range now.Services {
		s.take(&now, &now.Services[i])
	}
	all := slices.Clone(s.over)
	for _, in := range s.last {
		all = append(all, *in)
	}
	slices.SortFunc(all, func(a, b verify.Incident) int {
		if d := a.Opened.Compare(b.Opened); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, nil
}

// take takes in how a service is now. One that is not monitored any more has lost its status: that is no recovery.
func (s *Source) take(now *status, v *service) {
	in := s.last[v.Name]
	switch {
	case v.failed() && in == nil:
		at := v.collected()
		s.last[v.Name] = &verify.Incident{
			ID: v.Name + "@" + at.Format("2006-01-02T15:04:05.000000Z"), Source: s.name, Service: v.Name, Title: v.title(),
			Status: verify.Triggered, Key: v.Name, Opened: at, Labels: v.labels(now),
		}
	case v.failed():
		in.Title = v.title()
	case in != nil && *v.Monitored == monitored:
		in.Status, in.Resolved, in.ResolvedBy = verify.Resolved, v.collected(), "check"
		s.over = append(s.over, *in)
		delete(s.last, v.Name)
	}
}

func (v *service) title() string { return v.Name + ": " + v.says() }

func (v *service) labels(now *status) map[string]string {
	return map[string]string{"service": v.Name, "type": v.kind(), "host": now.Server.Host}
}

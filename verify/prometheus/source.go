package prometheus

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one Prometheus server.
type Source struct {
	name  string
	base  string
	clean func(string) string
	api   *httpapi.Client

	mu      sync.Mutex
	longest time.Duration // between two evaluations of any group that was seen
}

var (
	_ verify.Source   = (*Source)(nil)
	_ verify.Clocked  = (*Source)(nil)
	_ verify.Remote   = (*Source)(nil)
	_ verify.Follower = (*Source)(nil)
)

// usualInterval is what Prometheus evaluates rules and scrapes targets by if it is not told otherwise.
const usualInterval = time.Minute

// Address is the base URL of its API.
func (s *Source) Address() string { return s.base }

// Offset is how far the server's clock is ahead of ours.
func (s *Source) Offset() (time.Duration, bool) { return s.api.Offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Bytes is how much has been read of the answers so far.
func (s *Source) Bytes() int64 { return s.api.Bytes() }

// Ready reports whether Prometheus serves queries, and its rules and alerts can be read. One that still replays its
// write-ahead log is not ready.
func (s *Source) Ready(ctx context.Context) error {
	err := s.api.Read(ctx, "/-/ready", nil, func(body io.Reader) error {
		_, err := io.Copy(io.Discard, body)
		return err
	})
	if httpapi.KindOf(err) == httpapi.Refused { // behind a proxy that lets only the API through
		_, err = get[map[string]any](ctx, s, "/api/v1/status/buildinfo", nil)
	}
	if err != nil {
		return err
	}
	_, err = s.Open(ctx)
	return err
}

// Open lists every alert that fires now.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	all, err := s.incidents(ctx, s.now())
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Status == verify.Resolved }), err
}

// Since lists every alert that began to fire at or after t, those included that do not fire any more. It costs two
// requests: the samples of ALERTS tell to the millisecond when an alert fired first and last, and the rules tell the rest.
// When they were last heard of is left out, which would make news of every evaluation.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	from := t.Truncate(time.Millisecond)
	all, err := s.incidents(ctx, from)
	for i := range all {
		all[i].Heard = time.Time{}
	}
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Opened.Before(from) }), err
}

// firing selects the samples of alerts that fired, and, without a state, when they became active.
const firing = `{__name__=~"ALERTS|ALERTS_FOR_STATE",alertstate=~"firing|"}`

// incidents are the alerts that have fired at any time since a moment, or not long before it.
func (s *Source) incidents(ctx context.Context, since time.Time) ([]verify.Incident, error) {
	begin := since.Add(-s.margin())
	// The samples come first: an alert that they show and the rules do not is over.
	samples, err := s.query(ctx, firing+span(s.now().Sub(begin)), "matrix")
	if err != nil {
		return nil, err
	}
	rules, err := s.rules(ctx, "alert")
	if err != nil {
		return nil, err
	}
	return s.told(samples, rules, begin), nil
}

// margin is how much further back the samples are asked for: enough to see whether an alert had fired before.
func (s *Source) margin() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return 4*s.longest + 10*time.Second
}

func (s *Source) learn(longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if longest > 0 {
		s.longest = longest
	}
}

// now is the server's clock.
func (s *Source) now() time.Time {
	offset, _ := s.Offset()
	return time.Now().Add(offset)
}

// ours is a moment of the server's clock by ours.
func (s *Source) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	offset, _ := s.Offset()
	return t.Add(-offset).UTC()
}

// silent is the error of an answer that lacks what it is all about.
func (s *Source) silent(path, list string) error {
	return fmt.Errorf("%s%s: the answer has no %s, so it says nothing", s.base, path, list)
}

// span is the selector of a range of time.
func span(d time.Duration) string { return fmt.Sprintf("[%dms]", max(d.Milliseconds(), 1)) }

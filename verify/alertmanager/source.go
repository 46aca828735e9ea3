package alertmanager

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one Alertmanager.
type Source struct {
	name   string
	base   string
	narrow []string // receivers that count; none means all that notify somebody
	clean  func(string) string
	api    *httpapi.Client

	mu     sync.Mutex
	text   string // of the configuration that was read last
	config *amconfig.Config
	memory memory
}

var (
	_ verify.Source   = (*Source)(nil)
	_ verify.Clocked  = (*Source)(nil)
	_ verify.Remote   = (*Source)(nil)
	_ verify.Follower = (*Source)(nil)
)

// Address is the base URL of its API.
func (s *Source) Address() string { return s.base }

// Offset is how far the server's clock is ahead of ours.
func (s *Source) Offset() (time.Duration, bool) { return s.api.Offset() }

// Requests is how many requests have been made so far.
func (s *Source) Requests() int { return s.api.Requests() }

// Bytes is how much has been read of the answers so far.
func (s *Source) Bytes() int64 { return s.api.Bytes() }

// Ready reports whether status and alerts can be read, and whether the cluster has settled: until then it notifies nobody.
func (s *Source) Ready(ctx context.Context) error {
	st, err := s.status(ctx)
	if err != nil {
		return err
	}
	if st.Cluster.Status == "settling" {
		return fmt.Errorf("the cluster of %s has not settled yet, and notifies nobody before: wait until /api/v2/status says ready", s.base)
	}
	_, err = s.alerts(ctx)
	return err
}

// Open lists every alert that is active and goes to a receiver that notifies somebody. What is silenced, inhibited or
// muted pages nobody, and is left out unless it was an incident before.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	all, err := s.incidents(ctx)
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Status == verify.Resolved }), err
}

// Since lists every such alert that came at or after t. Alertmanager forgets what has ended, so an incident is resolved
// when it is missing from a look that followed one that showed it; one that no look of this source showed is not known. When
// they were last heard of is left out, which would make news of every time they are sent again.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	all, err := s.incidents(ctx)
	for i := range all {
		all[i].Heard = time.Time{}
	}
	return slices.DeleteFunc(all, func(in verify.Incident) bool { return in.Opened.Before(t) }), err
}

func (s *Source) incidents(ctx context.Context) ([]verify.Incident, error) {
	config, err := s.Routing(ctx)
	if err != nil {
		return nil, err
	}
	asked := s.now()
	all, err := s.alerts(ctx)
	if err != nil {
		return nil, err
	}
	return s.remember(sight{asked: asked, answered: s.now(), alerts: all, config: config}), nil
}

// remember takes a sight in and returns every incident known by now.
func (s *Source) remember(now sight) []verify.Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory.take(s, now)
}

func (s *Source) alerts(ctx context.Context) ([]alert, error) {
	return list[alert](ctx, s, "/api/v2/alerts", nil)
}

// Routing is the live configuration. Its places are those in config.original of /api/v2/status.
func (s *Source) Routing(ctx context.Context) (*amconfig.Config, error) {
	st, err := s.status(ctx)
	if err != nil {
		return nil, err
	}
	return s.parsed(st.Config.Original)
}

func (s *Source) parsed(text string) (*amconfig.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config != nil && s.text == text {
		return s.config, nil
	}
	config, err := amconfig.Parse("configuration of "+s.name, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s/api/v2/status: %w", s.base, err)
	}
	s.text, s.config = text, config
	return config, nil
}

// Silences are all silences that are in force or will be.
func (s *Source) Silences(ctx context.Context) ([]amconfig.Silence, error) {
	told, err := list[silence](ctx, s, "/api/v2/silences", nil)
	if err != nil {
		return nil, err
	}
	var all []amconfig.Silence
	for _, one := range told {
		read, err := one.read()
		if err != nil {
			return nil, fmt.Errorf("%s/api/v2/silences: %w", s.base, err)
		}
		if read.State != "expired" {
			all = append(all, read)
		}
	}
	return all, nil
}

// now is the server's clock.
func (s *Source) now() time.Time {
	offset, _ := s.Offset()
	return time.Now().Add(offset).UTC()
}

// ours is a moment of the server's clock by ours.
func (s *Source) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	offset, _ := s.Offset()
	return t.Add(-offset).UTC()
}

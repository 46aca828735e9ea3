package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/prometheus/alertmanager/pkg/labels"

	"github.com/failurefriday/friday/internal/amconfig"
)

// alert is an alert as /api/v2/alerts and /api/v2/alerts/groups tell it.
type alert struct {
	Fingerprint string            `json:"fingerprint"`
	Labels      map[string]string `json:"labels"`
	StartsAt    time.Time         `json:"startsAt"`
	UpdatedAt   moment            `json:"updatedAt"`
	EndsAt      moment            `json:"endsAt"`
	Receivers   []named           `json:"receivers"`
	Status      struct {
		State       string   `json:"state"`
		SilencedBy  []string `json:"silencedBy"`
		InhibitedBy []string `json:"inhibitedBy"`
		MutedBy     []string `json:"mutedBy"` // since 0.28, and only in groups
	} `json:"status"`
}

type named struct {
	Name string `json:"name"`
}

// moment is a time that nothing hangs on: one that cannot be read is not known.
type moment struct{ time.Time }

// UnmarshalJSON never fails.
func (m *moment) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &m.Time) != nil {
		m.Time = time.Time{}
	}
	return nil
}

// name of the alert.
func (a alert) name() string { return a.Labels["alertname"] }

// suppressed reports whether a silence or another alert keeps it from being notified.
func (a alert) suppressed() bool {
	return a.Status.State == "suppressed" || len(a.Status.SilencedBy) > 0 || len(a.Status.InhibitedBy) > 0
}

// sound finds what an alert must have to be told from others.
func (a alert) sound() error {
	switch {
	case len(a.Labels) == 0 || a.Fingerprint == "":
		return errors.New("an alert has no labels or no fingerprint")
	case a.StartsAt.IsZero():
		return fmt.Errorf("alert %s has no startsAt", a.name())
	case a.Status.State == "":
		return fmt.Errorf("alert %s has no state", a.name())
	case len(a.Receivers) == 0:
		return fmt.Errorf("alert %s has no receivers", a.name())
	}
	return nil
}

// group is one of /api/v2/alerts/groups: alerts that are notified together, to one receiver.
type group struct {
	Labels   map[string]string `json:"labels"`
	Receiver named             `json:"receiver"`
	Alerts   []alert           `json:"alerts"`
}

func (g group) sound() error {
	if g.Receiver.Name == "" || g.Labels == nil || g.Alerts == nil {
		return errors.New("a group has no receiver, no labels or no alerts")
	}
	for _, a := range g.Alerts {
		if err := a.sound(); err != nil {
			return err
		}
	}
	return nil
}

// silence is one of /api/v2/silences.
type silence struct {
	ID     string `json:"id"`
	Status struct {
		State string `json:"state"`
	} `json:"status"`
	Matchers  []silenceMatcher `json:"matchers"`
	StartsAt  time.Time        `json:"startsAt"`
	EndsAt    time.Time        `json:"endsAt"`
	UpdatedAt moment           `json:"updatedAt"`
	CreatedBy string           `json:"createdBy"`
	Comment   string           `json:"comment"`
}

type silenceMatcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual *bool  `json:"isEqual"` // absent before 0.22, and then true
}

func (s silence) sound() error {
	if s.ID == "" || len(s.Matchers) == 0 || s.EndsAt.IsZero() {
		return errors.New("a silence has no id, no matchers or no end")
	}
	_, err := s.read()
	return err
}

func (s silence) read() (amconfig.Silence, error) {
	made := amconfig.Silence{
		ID: s.ID, State: s.Status.State, Start: s.StartsAt, End: s.EndsAt, Updated: s.UpdatedAt.Time, Owner: s.CreatedBy, Comment: s.Comment,
	}
	for _, m := range s.Matchers {
		kind := labels.MatchEqual
		switch equal := m.IsEqual == nil || *m.IsEqual; {
		case m.IsRegex && equal:
			kind = labels.MatchRegexp
		case m.IsRegex:
			kind = labels.MatchNotRegexp
		case !equal:
			kind = labels.MatchNotEqual
		}
		matcher, err := labels.NewMatcher(kind, m.Name, m.Value)
		if err != nil {
			return made, fmt.Errorf("silence %s: %w", s.ID, err)
		}
		made.Matchers = append(made.Matchers, matcher)
	}
	return made, nil
}

// status is /api/v2/status.
type status struct {
	Cluster struct {
		Status string            `json:"status"`
		Peers  []json.RawMessage `json:"peers"`
	} `json:"cluster"`
	VersionInfo struct {
		Version string `json:"version"`
	} `json:"versionInfo"`
	Config struct {
		Original string `json:"original"`
	} `json:"config"`
}

// decoded reads one JSON value and nothing after it.
func decoded(body io.Reader, v any) error {
	dec := json.NewDecoder(body)
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more follows after the JSON")
		}
		return err
	}
	return nil
}

// list reads a list. One that is null, or holds what cannot be told apart, is no answer: it would look like nothing.
func list[T interface{ sound() error }](ctx context.Context, s *Source, path string, query url.Values) ([]T, error) {
	var all []T
	err := s.api.Read(ctx, path, query, func(body io.Reader) error {
		if err := decoded(body, &all); err != nil {
			return err
		}
		if all == nil {
			return errors.New("the list is null")
		}
		for _, one := range all {
			if err := one.sound(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (s *Source) status(ctx context.Context) (status, error) {
	var st status
	err := s.api.Read(ctx, "/api/v2/status", nil, func(body io.Reader) error {
		if err := decoded(body, &st); err != nil {
			return err
		}
		if st.Cluster.Status == "" || st.Config.Original == "" {
			return errors.New("the status tells no state of the cluster or no configuration")
		}
		return nil
	})
	return st, err
}

package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// group is a group of rules, as it is loaded.
type group struct {
	Name           string
	File           string
	Interval       float64 // seconds
	LastEvaluation time.Time
	Rules          []*rule
}

// rule is a rule, as it is loaded.
type rule struct {
	Type           string
	Name           string
	Query          string
	Duration       float64 // `for`, seconds
	KeepFiringFor  float64 // seconds
	Labels         map[string]string
	Health         string
	LastError      string
	LastEvaluation time.Time
	Alerts         []alert
	Annotations    json.RawMessage // for people only, so of any shape

	group *group
}

// alert is one that is pending or firing now.
type alert struct {
	Labels      map[string]string
	State       string
	ActiveAt    moment
	Annotations json.RawMessage // for people only, so of any shape
}

// moment is a time, zero where the server told none.
type moment struct{ time.Time }

// UnmarshalJSON takes what is no time for none.
func (m *moment) UnmarshalJSON(text []byte) error {
	var t time.Time
	if json.Unmarshal(text, &t) == nil {
		m.Time = t.UTC()
	}
	return nil
}

// interval is the time between two evaluations.
func (g *group) interval() time.Duration { return duration(g.Interval) }

// wait is how long the rule must hold before it fires.
func (r *rule) wait() time.Duration { return duration(r.Duration) }

// told are the annotations of the rule, templates and all; none where they are of another shape.
func (r *rule) told() (annotations map[string]string) {
	if json.Unmarshal(r.Annotations, &annotations) != nil {
		return nil
	}
	return annotations
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// rules are all rules that are loaded. Of kind alert or record; empty asks for both.
func (s *Source) rules(ctx context.Context, kind string) ([]*rule, error) {
	query := url.Values{}
	if kind != "" {
		query.Set("type", kind)
	}
	data, err := get[struct{ Groups []*group }](ctx, s, "/api/v1/rules", query)
	if err != nil {
		return nil, err
	}
	if data.Groups == nil {
		return nil, s.silent("/api/v1/rules", "groups")
	}
	var all []*rule
	longest := time.Duration(0)
	for _, g := range data.Groups {
		if g == nil {
			return nil, fmt.Errorf("%s/api/v1/rules: a group is null", s.base)
		}
		longest = max(longest, g.interval())
		for _, r := range g.Rules {
			if r == nil || r.Name == "" {
				return nil, fmt.Errorf("%s/api/v1/rules: a rule of group %q has no name", s.base, g.Name)
			}
			r.group = g
			all = append(all, r)
		}
	}
	s.learn(longest)
	return all, nil
}

// fingerprint identifies an alert by its labels, in the same way as Alertmanager.
func fingerprint(labels map[string]string) string {
	set := make(model.LabelSet, len(labels))
	for name, value := range labels {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set.Fingerprint().String()
}

// byFingerprint are the alerts that are active now, each with its rule.
func byFingerprint(rules []*rule) map[string]active {
	all := map[string]active{}
	for _, r := range rules {
		for _, a := range r.Alerts {
			id := fingerprint(a.Labels)
			if old, twice := all[id]; twice && old.State == "firing" {
				continue // of two rules that make the same alert the one that fires counts
			}
			all[id] = active{a, r}
		}
	}
	return all
}

type active struct {
	alert
	rule *rule
}

// named are the alerting rules of a name.
func named(rules []*rule, name string) []*rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *rule) bool { return r.Name != name })
}

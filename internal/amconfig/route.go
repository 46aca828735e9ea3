package amconfig

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// Route is one node of the tree of routes, with what it inherits filled in.
type Route struct {
	Pos      diag.Pos
	Parent   *Route // nil for the root
	Routes   []*Route
	Matchers labels.Matchers // its own, sorted
	Continue bool

	Receiver    string
	ReceiverPos diag.Pos // where it is named; zero where it is inherited
	GroupBy     []string // sorted; empty groups all alerts of the route
	GroupByAll  bool     // '...': every set of labels is a group of its own

	GroupWait, GroupInterval, RepeatInterval time.Duration

	// Mute and Active are not inherited. An alert is held back inside of any Mute, and outside of all Active if there are some.
	Mute, Active []*Interval
}

// The defaults of the root route, from Alertmanager's documentation.
const (
	groupWait      = 30 * time.Second
	groupInterval  = 5 * time.Minute
	repeatInterval = 4 * time.Hour
)

func (l *loader) route(n *yamltree.Node, parent *Route) *Route {
	made := &Route{GroupWait: groupWait, GroupInterval: groupInterval, RepeatInterval: repeatInterval}
	if parent != nil {
		*made = *parent
		made.ReceiverPos, made.Routes, made.Mute, made.Active = diag.Pos{}, nil, nil, nil
	}
	made.Pos, made.Parent, made.Continue = n.Pos, parent, false
	made.Matchers = l.matchers(n, "matchers", oldForm{"match", "match_re"})
	if v := n.Find("continue"); v != nil {
		made.Continue = l.truth(v)
	}
	if v := n.Find("receiver"); v != nil && v.Text != "" {
		made.Receiver, made.ReceiverPos = v.Text, v.Pos
		if _, known := l.Receiver(v.Text); !known {
			l.report.Add(v.Pos, fmt.Sprintf("there is no receiver %q", v.Text), "")
		}
	}
	l.grouping(n, made)
	for name, to := range map[string]*time.Duration{
		"group_wait": &made.GroupWait, "group_interval": &made.GroupInterval, "repeat_interval": &made.RepeatInterval,
	} {
		l.duration(n.Find(name), to)
	}
	made.Mute = l.named(n, "mute_time_intervals")
	made.Active = l.named(n, "active_time_intervals")
	for _, child := range n.List("routes") {
		made.Routes = append(made.Routes, l.route(child, made))
	}
	return made
}

func (l *loader) grouping(n *yamltree.Node, r *Route) {
	if !n.Has("group_by") {
		return
	}
	by := n.Words("group_by")
	if slices.Contains(by, "...") {
		r.GroupByAll = true // what the parent groups by stays, and does not count
		return
	}
	slices.Sort(by)
	r.GroupBy, r.GroupByAll = by, false
}

func (l *loader) duration(n *yamltree.Node, to *time.Duration) {
	if n == nil {
		return
	}
	d, err := model.ParseDuration(n.Text)
	if err != nil {
		l.report.Add(n.Pos, fmt.Sprintf("%q is no duration", n.Text), "want 30s, 5m, 1h30m or the like")
		return
	}
	*to = time.Duration(d)
}

// Match returns the routes that an alert takes, in the order in which Alertmanager finds them; each notifies its receiver.
func (c *Config) Match(alert map[string]string) []*Route {
	if c.Root == nil {
		return nil
	}
	return c.Root.match(alert)
}

func (r *Route) match(alert map[string]string) []*Route {
	if !matches(r.Matchers, alert) {
		return nil
	}
	var all []*Route
	for _, child := range r.Routes {
		found := child.match(alert)
		all = append(all, found...)
		if found != nil && !child.Continue {
			break
		}
	}
	if len(all) == 0 {
		return []*Route{r}
	}
	return all
}

func (r *Route) walk(yield func(*Route) bool) bool {
	if !yield(r) {
		return false
	}
	for _, child := range r.Routes {
		if !child.walk(yield) {
			return false
		}
	}
	return true
}

// Key is the path of matchers to the route: {}/{team="web"}.
func (r *Route) Key() string {
	key := Text(r.Matchers)
	if r.Parent != nil {
		key = r.Parent.Key() + "/" + key
	}
	return key
}

// GroupLabels are the labels by which an alert is grouped on the route.
func (r *Route) GroupLabels(alert map[string]string) map[string]string {
	group := map[string]string{}
	for name, value := range alert {
		if r.GroupByAll || slices.Contains(r.GroupBy, name) {
			group[name] = value
		}
	}
	return group
}

// GroupKey is what Alertmanager calls the group of an alert on the route, as its webhooks tell it:
// {}/{team="web"}:{alertname="Down"}.
func (r *Route) GroupKey(alert map[string]string) string {
	set := model.LabelSet{}
	for name, value := range r.GroupLabels(alert) {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return r.Key() + ":" + set.String()
}

// DedupKey is the key by which Alertmanager's receivers tell incidents apart, PagerDuty's dedup_key among them: the SHA-256
// of the group key, in hexadecimal.
func (r *Route) DedupKey(alert map[string]string) string {
	sum := sha256.Sum256([]byte(r.GroupKey(alert)))
	return hex.EncodeToString(sum[:])
}

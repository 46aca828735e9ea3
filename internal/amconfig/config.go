// Package amconfig reads a configuration of Alertmanager as Alertmanager understands it: which routes and receivers an
// alert takes, when they are muted, what inhibits it, and under which key its group is notified. It is lenient: whatever
// can be understood is, and each thing that cannot is a problem with its place.
package amconfig

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// Config is one configuration.
type Config struct {
	File      string
	Root      *Route // nil if there is no route at all
	Receivers []Receiver
	Inhibit   []InhibitRule
	Intervals []*Interval
	// Problems are what could not be understood, in the order of the file; the rest was read without it.
	Problems diag.Problems
}

// Parse reads a configuration. File is what its places are named by. An error means that it is not YAML; what is wrong with
// single things in it is in Problems.
func Parse(file string, data []byte) (*Config, error) {
	docs, err := yamltree.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("%s: the file is empty", file)
	}
	root := docs[0]
	l := loader{Config: &Config{File: file}, report: diag.NewReport(data)}
	if root.Entries == nil {
		return nil, fmt.Errorf("%s: this is no configuration of Alertmanager: want a mapping with route and receivers", root.Pos)
	}
	l.receivers(root)
	l.intervals(root)
	if n := root.Find("route"); n != nil {
		l.Root = l.route(n, nil)
	} else {
		l.report.Add(diag.Pos{File: file}, "no route is given", "")
	}
	for _, n := range root.List("inhibit_rules") {
		l.Inhibit = append(l.Inhibit, l.inhibitRule(n))
	}
	l.Problems = diag.All(l.report.Err())
	return l.Config, nil
}

// loader is a Config in the making.
type loader struct {
	*Config
	report *diag.Report
}

// Receiver finds a receiver by its name.
func (c *Config) Receiver(name string) (Receiver, bool) {
	i := slices.IndexFunc(c.Receivers, func(r Receiver) bool { return r.Name == name })
	if i < 0 {
		return Receiver{}, false
	}
	return c.Receivers[i], true
}

// Routes yields every route, parents before their children, in the order of the file.
func (c *Config) Routes() iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		if c.Root != nil {
			c.Root.walk(yield)
		}
	}
}

// Receiver is who is notified.
type Receiver struct {
	Name         string
	Pos          diag.Pos
	Integrations []Integration // in the order of the kinds in the file, then of their list
}

// Integration is one way in which a receiver is notified.
type Integration struct {
	Kind  string // pagerduty, email, webhook, slack …: as in the label "integration" of Alertmanager's metrics
	Index int    // among those of its kind in its receiver, from 0
	Pos   diag.Pos
	// SendResolved is what is set, or else the default of the kind.
	SendResolved bool
	// SendResolvedSet is true where the file says it itself. In a configuration that Alertmanager tells, it always does.
	SendResolvedSet bool
	// Settings are those settings that are plain text, such as severity or url. Secrets among them are left out.
	Settings map[string]string
}

// Has reports whether the receiver has an integration of a kind.
func (r Receiver) Has(kind string) bool {
	return slices.ContainsFunc(r.Integrations, func(i Integration) bool { return i.Kind == kind })
}

// quiet are the kinds that do not tell recoveries unless they are asked to; every other kind does.
var quiet = []string{"email", "slack", "wechat", "rocketchat"}

// telling are the settings that are kept: none of them can hold a secret.
var telling = []string{"severity", "class", "component", "group", "client", "source", "to", "from", "channel", "max_alerts", "priority"}

func (l *loader) receivers(root *yamltree.Node) {
	for _, n := range root.List("receivers") {
		made := Receiver{Name: n.Word("name"), Pos: n.Pos}
		if _, twice := l.Receiver(made.Name); twice {
			l.report.Add(n.Pos, fmt.Sprintf("the receiver %q is given twice", made.Name), "")
		}
		for _, e := range n.Entries {
			kind, ok := strings.CutSuffix(e.Key, "_configs")
			if !ok {
				continue
			}
			for i, one := range e.Value.Items {
				made.Integrations = append(made.Integrations, l.integration(kind, i, one))
			}
		}
		l.Receivers = append(l.Receivers, made)
	}
}

func (l *loader) integration(kind string, index int, n *yamltree.Node) Integration {
	made := Integration{Kind: kind, Index: index, Pos: n.Pos, SendResolved: !slices.Contains(quiet, kind), Settings: map[string]string{}}
	if text := n.Word("send_resolved"); text != "" {
		made.SendResolvedSet = true
		made.SendResolved = l.truth(n.Find("send_resolved"))
	}
	for _, name := range telling {
		if v := n.Find(name); v != nil && v.Scalar {
			made.Settings[name] = v.Text
		}
	}
	return made
}

// truth reads a boolean as YAML 1.1 does, which Alertmanager's own reader speaks.
func (l *loader) truth(n *yamltree.Node) bool {
	switch strings.ToLower(n.Text) {
	case "true", "yes", "on", "y":
		return true
	case "false", "no", "off", "n":
		return false
	}
	l.report.Add(n.Pos, fmt.Sprintf("%q is neither true nor false", n.Text), "")
	return false
}

package amconfig

import (
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"strings"

	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/pkg/labels"

	"github.com/failurefriday/friday/internal/yamltree"
)

// matches reports whether labels satisfy all matchers; a label that is missing is empty.
func matches(all labels.Matchers, of map[string]string) bool {
	return !slices.ContainsFunc(all, func(m *labels.Matcher) bool { return !m.Matches(of[m.Name]) })
}

// oldForm are the names of the two forms in which matchers were written before `matchers` came.
type oldForm struct{ exact, regexp string }

// matchers reads the matchers of a route or of one side of an inhibition, in every form, sorted as Alertmanager sorts them.
func (l *loader) matchers(n *yamltree.Node, list string, old oldForm) labels.Matchers {
	var all labels.Matchers
	add := func(at *yamltree.Node, t labels.MatchType, name, value string) {
		m, err := labels.NewMatcher(t, name, value)
		if err != nil {
			l.report.Add(at.Pos, fmt.Sprintf("the matcher of label %s cannot be understood: %v", name, err), "")
			return
		}
		all = append(all, m)
	}
	if v := n.Find(old.exact); v != nil {
		for _, e := range v.Entries {
			add(e.Value, labels.MatchEqual, e.Key, e.Value.Text)
		}
	}
	if v := n.Find(old.regexp); v != nil {
		for _, e := range v.Entries {
			add(e.Value, labels.MatchRegexp, e.Key, "^(?:"+e.Value.Text+")$") // as Alertmanager keeps it, and shows it in keys
		}
	}
	read := compat.FallbackMatchersParser(slog.New(slog.DiscardHandler))
	for _, item := range n.List(list) {
		ms, err := read(item.Text, "config")
		if err != nil {
			l.report.Add(item.Pos, fmt.Sprintf("the matcher %s cannot be understood: %v", item.Text, err), `want label="value", with !=, =~ or !~`)
			continue
		}
		all = append(all, ms...)
	}
	sort.Sort(all)
	return all
}

// Missed says, for the first matcher that labels do not satisfy, what it wants and what there is: "label team is missing, and
// team="web" wants it". It is empty where all are satisfied.
func Missed(all labels.Matchers, of map[string]string) string {
	for _, m := range all {
		if m.Matches(of[m.Name]) {
			continue
		}
		if have := of[m.Name]; have != "" {
			return fmt.Sprintf("label %s is %q, and %s is asked for", m.Name, have, m)
		}
		return fmt.Sprintf("label %s is missing, and %s is asked for", m.Name, m)
	}
	return ""
}

// Text are matchers as people write them: {a="b",c=~"d"}.
func Text(all labels.Matchers) string {
	texts := make([]string, len(all))
	for i, m := range all {
		texts[i] = m.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

package alertmanager

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
)

// answerLength bounds the answers that evidence quotes.
const answerLength = 300

func trimmed(text string) string {
	if len(text) <= answerLength {
		return text
	}
	return strings.ToValidUTF8(text[:answerLength], "") + "…"
}

// clock is a time of day for people, in UTC; with its date where that is another day than now.
func clock(t, now time.Time) string {
	t = t.UTC()
	if y, m, d := now.UTC().Date(); t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

// age is a span of time for people, so coarse that it seldom changes.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return "a moment"
}

// shown is an alert with its labels: CheckoutDown{instance="a"}.
func shown(labels map[string]string) string {
	var names, texts []string
	for name := range labels {
		if name != "alertname" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		texts = append(texts, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	text := strings.Join(texts, ", ")
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:120], "") + "…"
	}
	return labels["alertname"] + "{" + text + "}"
}

// told is an alert as the server tells it, in short.
func told(a alert) string {
	return fmt.Sprintf(`%s fingerprint %s startsAt %s updatedAt %s state %s silencedBy %v inhibitedBy %v receivers %v`, shown(a.Labels),
		a.Fingerprint, a.StartsAt.UTC().Format(time.RFC3339Nano), a.UpdatedAt.UTC().Format(time.RFC3339Nano),
		a.Status.State, a.Status.SilencedBy, a.Status.InhibitedBy, names(a.Receivers))
}

func names(all []named) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = one.Name
	}
	return texts
}

// silenced describes a silence: 3f2a… ("deploy", by alice, 19 days old, until 12:00:00) with its matchers.
func silenced(s amconfig.Silence, now time.Time) string {
	return fmt.Sprintf("silence %s (%q, by %s, %s old, until %s) with the matchers %s",
		s.ID, s.Comment, s.Owner, age(now.Sub(s.Start)), clock(s.End, now), amconfig.Text(s.Matchers))
}

// kinds are the integrations of receivers for people: pagerduty, 2 × webhook.
func kinds(of map[string]float64) string {
	var texts []string
	for kind, n := range of {
		if n > 1 {
			kind = fmt.Sprintf("%g × %s", n, kind)
		}
		texts = append(texts, kind)
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

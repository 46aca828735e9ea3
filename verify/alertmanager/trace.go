package alertmanager

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
	"github.com/failurefriday/friday/verify"
)

// Trace tells, from the live configuration, how long a page waits here at least and at most, and what would keep it from
// being notified if it came now. What is known of the alert are its name and those of its labels that are given exactly; what
// hangs on labels that only its rule knows is told as possible, never as broken. It costs three requests.
func (s *Source) Trace(ctx context.Context, expected []verify.Expectation) ([]verify.Evidence, error) {
	f := forecast{src: s, at: s.now()}
	var err error
	if f.config, err = s.Routing(ctx); err != nil {
		return nil, err
	}
	if f.silences, err = s.Silences(ctx); err != nil {
		return nil, err
	}
	if f.alerts, err = s.alerts(ctx); err != nil {
		return nil, err
	}
	var found []verify.Evidence
	for _, want := range expected {
		if want.MustNot {
			continue
		}
		for _, e := range f.tell(s.meant(want)) {
			e.At, e.Source, e.Expectation = time.Now().UTC(), s.name, want.ID
			e.Text, e.Answer = s.clean(e.Text), trimmed(s.clean(e.Answer))
			found = append(found, e)
		}
	}
	return found, nil
}

// forecast is what the server looks like before anything is broken.
type forecast struct {
	src      *Source
	at       time.Time
	config   *amconfig.Config
	silences []amconfig.Silence
	alerts   []alert
}

// expectedLabels are the labels of an alert as far as they are known.
func expectedLabels(want verify.AlertMatch) (map[string]string, bool) {
	name, exact := want.Name.Exact()
	if !exact || want.Name.Empty() {
		return nil, false
	}
	known := map[string]string{"alertname": name}
	for label, pattern := range want.Labels {
		if value, exact := pattern.Exact(); exact {
			known[label] = value
		}
	}
	return known, true
}

// tell foretells the way of one alert.
func (f forecast) tell(want verify.AlertMatch) []verify.Evidence {
	alert, ok := expectedLabels(want)
	if !ok {
		return nil
	}
	all := f.config.Match(alert)
	ways := slices.DeleteFunc(slices.Clone(all), func(r *amconfig.Route) bool { return !want.Receiver.Match(r.Receiver) })
	sure := decided(f.config.Root, alert)
	found := slices.Concat(f.silenced(alert), f.inhibited(alert))
	if wrong, ok := f.misrouted(want, alert, all, ways); ok {
		found = append(found, doubt(wrong, sure))
	}
	if len(ways) == 0 {
		return found
	}
	if muted, ok := f.muted(alert, ways); ok {
		found = append(found, doubt(muted, sure))
	}
	return append(found, budget(alert, ways, sure))
}

// doubt makes evidence that hangs on labels that are not known a possibility.
func doubt(e verify.Evidence, sure bool) verify.Evidence {
	if !sure {
		e.State, e.Kind = verify.Unknown, ""
		e.Text = "perhaps, depending on the labels that only its rule knows: " + e.Text
	}
	return e
}

// decided reports whether the routes of an alert are the same whatever other labels it has.
func decided(r *amconfig.Route, alert map[string]string) bool {
	if r == nil {
		return true
	}
	for _, child := range r.Routes {
		open := false
		for _, m := range child.Matchers {
			_, known := alert[m.Name]
			if known && !m.Matches(alert[m.Name]) {
				open = false
				break
			}
			open = open || !known
		}
		if open || amconfig.Missed(child.Matchers, alert) == "" && !decided(child, alert) {
			return false
		}
		if amconfig.Missed(child.Matchers, alert) == "" && !child.Continue {
			return true
		}
	}
	return true
}

// budget is how long the groups hold a page back.
func budget(alert map[string]string, ways []*amconfig.Route, sure bool) verify.Evidence {
	e := verify.Evidence{Hop: verify.NotificationAccepted, Request: askStatus}
	var texts []string
	for i, r := range ways {
		wait := verify.Seconds(r.GroupWait)
		if i == 0 || wait < e.Delay {
			e.Delay = wait
		}
		e.Worst = max(e.Worst, wait, verify.Seconds(r.GroupInterval))
		texts = append(texts, fmt.Sprintf("%s by %s", r.Receiver, r.Key()))
	}
	e.Text = fmt.Sprintf("the group waits %s before it is notified, or up to %s if it exists already (receiver %s)",
		e.Delay, e.Worst, strings.Join(texts, ", "))
	if !sure {
		e.Text += ", if its rule adds no label that another route asks for"
	}
	e.Answer = "dedup_key " + ways[0].DedupKey(alert) + " if it is grouped by no label that is not known"
	return e
}

func (f forecast) silenced(alert map[string]string) []verify.Evidence {
	var found []verify.Evidence
	for _, one := range f.silences {
		if !one.In(f.at) {
			continue
		}
		all, possible := true, true
		for _, m := range one.Matchers {
			_, known := alert[m.Name]
			all = all && known
			possible = possible && (!known || m.Matches(alert[m.Name]))
		}
		e := verify.Evidence{
			Hop: verify.Routed, Request: askSilences, Answer: fmt.Sprintf("id %s createdBy %s endsAt %s", one.ID, one.Owner, one.End),
			Advice: "end the silence; give silences an owner, an end that is near, and matchers that are narrow",
		}
		switch {
		case possible && all:
			e.State, e.Kind, e.Text = verify.Broken, "SF-12", fmt.Sprintf("%s is silenced already by %s", shown(alert), silenced(one, f.at))
		case possible:
			e.Text = fmt.Sprintf("%s may be silenced by %s, if its other labels match", shown(alert), silenced(one, f.at))
		default:
			continue
		}
		found = append(found, e)
	}
	return found
}

// inhibited tells of alerts that are active now and would suppress the one that is to come.
func (f forecast) inhibited(target map[string]string) []verify.Evidence {
	for _, source := range f.alerts {
		if source.suppressed() || source.name() == target["alertname"] {
			continue
		}
		rule, ok := f.config.Inhibits(source.Labels, target)
		if !ok {
			continue
		}
		e := verify.Evidence{
			Hop: verify.Routed, State: verify.Broken, Kind: "SF-13", Request: askAlerts, Answer: told(source),
			Text:   fmt.Sprintf("%s is active, and inhibits %s (rule at %s)", shown(source.Labels), shown(target), rule.Pos),
			Advice: "narrow the inhibition, and see that its equal labels are there on both sides",
		}
		for _, m := range rule.Target {
			if _, known := target[m.Name]; !known {
				return []verify.Evidence{doubt(e, false)}
			}
		}
		return []verify.Evidence{doubt(e, len(rule.Absent(source.Labels, target)) == 0)}
	}
	return nil
}

func (f forecast) misrouted(want verify.AlertMatch, alert map[string]string, all, ways []*amconfig.Route) (verify.Evidence, bool) {
	e := verify.Evidence{
		Hop: verify.Routed, State: verify.Broken, Kind: "SF-15", Request: askStatus,
		Advice: "give the alert the labels that its route asks for, and let no route end in a receiver that does nothing",
	}
	var went []string
	notifies := false
	for _, r := range all {
		went = append(went, r.Receiver)
		receiver, _ := f.config.Receiver(r.Receiver)
		notifies = notifies || len(receiver.Integrations) > 0 && slices.Contains(ways, r)
	}
	why := colon(missed(f.config, alert, want))
	switch {
	case len(ways) == 0:
		e.Text = fmt.Sprintf("%s goes to receiver %s, not to %s%s", shown(alert), strings.Join(went, ", "), want.Receiver, why)
	case !notifies:
		e.Text = fmt.Sprintf("%s goes to receiver %s, which notifies nobody%s", shown(alert), strings.Join(went, ", "), why)
	default:
		return verify.Evidence{}, false
	}
	e.Answer = e.Text
	return e, true
}

func (f forecast) muted(alert map[string]string, ways []*amconfig.Route) (verify.Evidence, bool) {
	var by []string
	for _, r := range ways {
		m, muted := r.MutedAt(f.at)
		if !muted {
			return verify.Evidence{}, false
		}
		text := fmt.Sprintf("receiver %s is muted by the time interval %s", r.Receiver, m.By)
		if m.Outside {
			text = fmt.Sprintf("receiver %s is notified only in the time interval %s", r.Receiver, m.By)
		}
		if !m.Until.IsZero() {
			text += " until " + clock(m.Until, f.at)
		}
		by = append(by, text)
	}
	return verify.Evidence{
		Hop: verify.Routed, State: verify.Broken, Kind: "SF-14", Request: askStatus, Answer: strings.Join(by, "; "),
		Text: fmt.Sprintf("%s would be held back now: %s", shown(alert), strings.Join(by, "; ")), Advice: "do not mute what must wake somebody",
	}, true
}

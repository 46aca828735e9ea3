package prometheus

import (
	"maps"
	"slices"
	"time"
)

// stretch is a time during which an alert did not leave a state.
type stretch struct {
	from, to time.Time // of the first and the last evaluation that found it so
	firing   bool
}

// track is the life of one alert, as the raw samples of ALERTS tell it: exact to the evaluation.
type track struct {
	labels    map[string]string
	stretches []stretch // oldest first
	every     time.Duration
}

// tracks are the lives of alerts, by fingerprint.
type tracks map[string]*track

// add takes in samples that overlap with those before.
func (ts tracks) add(samples []series, rules []*rule) {
	news := map[string][]stretch{}
	for _, one := range samples {
		labels := maps.Clone(one.labels)
		firing := labels["alertstate"] == "firing"
		delete(labels, "__name__")
		delete(labels, "alertstate")
		id := fingerprint(labels)
		if ts[id] == nil {
			ts[id] = &track{labels: labels}
		}
		for _, sample := range one.samples {
			news[id] = append(news[id], stretch{sample.at, sample.at, firing})
		}
	}
	for id, moments := range news {
		slices.SortFunc(moments, func(a, b stretch) int { return a.from.Compare(b.from) })
		ts[id].every = intervalOf(rules, ts[id].labels["alertname"])
		for _, m := range moments {
			ts[id].extend(m)
		}
	}
}

func intervalOf(rules []*rule, name string) time.Duration {
	if same := named(rules, name); len(same) > 0 && same[0].group.interval() > 0 {
		return same[0].group.interval()
	}
	return usualInterval
}

func (t *track) extend(m stretch) {
	if n := len(t.stretches); n > 0 {
		last := &t.stretches[n-1]
		if !m.from.After(last.to) {
			return // known
		}
		if last.firing == m.firing && m.from.Sub(last.to) < 2*t.every-t.every/2 {
			last.to = m.to
			return
		}
	}
	t.stretches = append(t.stretches, m)
}

// gone is the first evaluation that did not find the alert active any more; zero as long as it does. active says whether
// it was active later than the samples tell.
func (t *track) gone(active bool) time.Time {
	if active || len(t.stretches) == 0 {
		return time.Time{}
	}
	return t.stretches[len(t.stretches)-1].to.Add(t.every)
}

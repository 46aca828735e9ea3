package prometheus

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/failurefriday/friday/verify"
)

// fired is when one alert has fired, as the samples tell.
type fired struct {
	labels map[string]string
	stamps []time.Time             // oldest first
	since  map[time.Time]time.Time // at a stamp, when it had become active
}

// told turns samples and rules into incidents, oldest first. What had fired at begin already is told with the opening that
// the rule foretells.
func (s *Source) told(samples []series, rules []*rule, begin time.Time) []verify.Incident {
	all, now := gather(samples), byFingerprint(rules)
	var found []verify.Incident
	for id, f := range all {
		a, isActive := now[id]
		interval := f.interval(a.rule, rules)
		stretches := f.stretches(interval)
		for i, stretch := range stretches {
			in := s.incident(id, f.labels)
			in.Opened = stretch[0]
			if stretch[0].Before(begin.Add(interval+interval/2)) && isActive && i == len(stretches)-1 && a.State == "firing" {
				in.Opened = a.fires() // it began before the samples
			}
			in.ID = id + "-" + f.opening(stretch[0])
			if last := stretch[len(stretch)-1]; i == len(stretches)-1 && isActive && a.State == "firing" && !a.ActiveAt.After(last) {
				in.Heard = a.rule.LastEvaluation.UTC()
			} else {
				in.Status, in.Resolved = verify.Resolved, last.Add(interval)
			}
			found = append(found, in)
		}
	}
	for id, a := range now {
		if a.State == "firing" && !slices.ContainsFunc(found, func(in verify.Incident) bool { return in.Key == id && in.Status == verify.Triggered }) {
			in := s.incident(id, a.Labels) // its sample is not to be seen yet
			in.ID, in.Opened, in.Heard = id+"-"+unix(a.ActiveAt.Time), a.fires(), a.rule.LastEvaluation.UTC()
			found = append(found, in)
		}
	}
	slices.SortFunc(found, func(a, b verify.Incident) int { return a.Opened.Compare(b.Opened) })
	return found
}

// incident is an alert that fires, without its times.
func (s *Source) incident(id string, labels map[string]string) verify.Incident {
	in := verify.Incident{
		Source: s.name, Key: id, URL: s.base + "/alerts", Title: labels["alertname"], Service: labels["service"],
		Severity: labels["severity"], Status: verify.Triggered, Labels: labels,
	}
	if in.Service == "" {
		in.Service = labels["job"]
	}
	return in
}

// fires is the first evaluation at which the alert fires, as its rule foretells: evaluations keep their rhythm.
func (a active) fires() time.Time {
	at, every := a.ActiveAt.Time, a.rule.group.interval()
	for wait := a.rule.wait(); wait > 0 && every > 0; wait -= every {
		at = at.Add(every)
	}
	return at.Truncate(time.Millisecond)
}

// gather puts the samples of each alert together.
func gather(samples []series) map[string]*fired {
	all := map[string]*fired{}
	for _, one := range samples {
		labels := maps.Clone(one.labels)
		name := labels["__name__"]
		delete(labels, "__name__")
		delete(labels, "alertstate")
		id := fingerprint(labels)
		f := all[id]
		if f == nil {
			f = &fired{labels: labels, since: map[time.Time]time.Time{}}
			all[id] = f
		}
		for _, sample := range one.samples {
			if name == "ALERTS" {
				f.stamps = append(f.stamps, sample.at)
			} else {
				f.since[sample.at] = seconds(sample.value)
			}
		}
	}
	for _, f := range all {
		slices.SortFunc(f.stamps, time.Time.Compare)
	}
	return all
}

// interval is the time between two evaluations of the alert's rule; of one that is not loaded any more, the shortest that
// the samples show.
func (f *fired) interval(r *rule, rules []*rule) time.Duration {
	if r == nil {
		if same := named(rules, f.labels["alertname"]); len(same) > 0 {
			r = same[0]
		}
	}
	if r != nil && r.group.interval() > 0 {
		return r.group.interval()
	}
	shortest := usualInterval
	for i := 1; i < len(f.stamps); i++ {
		shortest = min(shortest, f.stamps[i].Sub(f.stamps[i-1]))
	}
	return shortest
}

// stretches are the stamps between which the alert did not stop firing. Where evaluations were missed it was active all
// through, and did not stop; where that is not told, a gap of more than two evaluations is a stop.
func (f *fired) stretches(interval time.Duration) [][]time.Time {
	var all [][]time.Time
	for i, at := range f.stamps {
		if i > 0 && f.goesOn(f.stamps[i-1], at, interval) {
			all[len(all)-1] = append(all[len(all)-1], at)
		} else {
			all = append(all, []time.Time{at})
		}
	}
	return all
}

func (f *fired) goesOn(before, at time.Time, interval time.Duration) bool {
	was, is := f.since[before], f.since[at]
	if was.IsZero() || is.IsZero() {
		return at.Sub(before) <= pauseOf(interval)
	}
	return was.Equal(is)
}

// pauseOf is how long an alert may be unheard of without having stopped: two evaluations, and some jitter.
func pauseOf(interval time.Duration) time.Duration { return 2*interval + interval/2 }

// opening tells one firing of an alert from another: when it had become active, which is the same however far back the
// samples go.
func (f *fired) opening(first time.Time) string {
	if at := f.since[first]; !at.IsZero() {
		return unix(at)
	}
	return unix(first)
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

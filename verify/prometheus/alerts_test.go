package prometheus

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// at is a moment so many seconds after a round one.
func at(s float64) time.Time { return seconds(1_795_388_900 + s) }

// fires is samples of ALERTS and ALERTS_FOR_STATE for one alert: pairs of a stamp and when it had become active.
func fires(pairs ...float64) []series {
	labels := map[string]string{"alertname": "Down", "job": "api"}
	one := series{labels: with(labels, "__name__", "ALERTS", "alertstate", "firing")}
	two := series{labels: with(labels, "__name__", "ALERTS_FOR_STATE")}
	for pair := range slices.Chunk(pairs, 2) {
		one.samples = append(one.samples, sample{at(pair[0]), 1})
		two.samples = append(two.samples, sample{at(pair[0]), float64(at(pair[1]).Unix())})
	}
	if len(one.samples) == 0 {
		return nil
	}
	return []series{one, two}
}

func ruleWith(wait float64, activeAt ...float64) []*rule {
	r := &rule{Name: "Down", Duration: wait, group: &group{Interval: 10}, LastEvaluation: at(1000)}
	for _, a := range activeAt {
		r.Alerts = append(r.Alerts, alert{Labels: map[string]string{"alertname": "Down", "job": "api"}, State: "firing", ActiveAt: moment{at(a)}})
	}
	return []*rule{r}
}

func TestIncidentsFromSamples(t *testing.T) {
	s := &Source{name: "prom"}
	for name, c := range map[string]struct {
		samples []series
		rules   []*rule
		want    string
	}{
		"nothing":                          {nil, ruleWith(0), "[]"},
		"fires on":                         {fires(100, 100, 110, 100), ruleWith(0, 100), "[100 triggered]"},
		"over":                             {fires(100, 100, 110, 100), ruleWith(0), "[100 120]"},
		"its rule is gone":                 {fires(100, 100, 110, 100), nil, "[100 120]"},
		"after its for":                    {fires(130, 100, 140, 100), ruleWith(30, 100), "[130 triggered]"},
		"again":                            {fires(100, 100, 110, 100, 200, 200), ruleWith(0, 200), "[100 120 200 triggered]"},
		"evaluations were missed":          {fires(100, 100, 200, 100), ruleWith(0, 100), "[100 triggered]"},
		"since before the samples":         {fires(0, -95, 10, -95), ruleWith(30, -95), "[-65 triggered]"},
		"its first sample is not seen yet": {nil, ruleWith(25, 100), "[130 triggered]"},
		"over, and again unseen":           {fires(100, 100), ruleWith(0, 150), "[100 110 150 triggered]"},
	} {
		var got []string
		ids := map[string]bool{}
		for _, in := range s.told(c.samples, c.rules, at(0)) {
			text := fmt.Sprintf("%v triggered", in.Opened.Sub(at(0)).Seconds())
			if in.Status == verify.Resolved {
				text = fmt.Sprintf("%v %v", in.Opened.Sub(at(0)).Seconds(), in.Resolved.Sub(at(0)).Seconds())
			}
			got, ids[in.ID] = append(got, text), true
		}
		if fmt.Sprint(got) != c.want || len(ids) != len(got) {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestIncidentsKeepTheirID(t *testing.T) {
	s := &Source{name: "prom"}
	early := s.told(nil, ruleWith(25, 100), at(0))
	later := s.told(fires(130, 100, 140, 100), ruleWith(25, 100), at(0))
	over := s.told(fires(140, 100, 150, 100), ruleWith(25), at(135))
	if early[0].ID != later[0].ID || later[0].ID != over[0].ID {
		t.Errorf("%s, %s, %s", early[0].ID, later[0].ID, over[0].ID)
	}
	if in := later[0]; in.Title != "Down" || in.Service != "api" || in.Key == "" || !in.Heard.Equal(at(1000)) {
		t.Errorf("%+v", in)
	}
}

package prometheus

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify/verifytest"
)

// fake plays the part of Prometheus' API that a reader of alerts needs: one alerting rule for each incident, evaluated
// every five minutes, or once a second where the incident ends.
type fake struct {
	mu        sync.Mutex
	incidents []verifytest.Incident
	queries   []string
}

func (f *fake) Add(incidents ...verifytest.Incident) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.incidents = append(f.incidents, incidents...)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	switch r.URL.Path {
	case "/-/ready":
		fmt.Fprintln(w, "Prometheus Server is Ready.")
	case "/api/v1/rules":
		groups := []any{}
		for _, in := range f.incidents {
			groups = append(groups, ruleOf(in, now))
		}
		tell(w, map[string]any{"groups": groups})
	case "/api/v1/query":
		query := r.FormValue("query")
		f.queries = append(f.queries, query)
		tell(w, map[string]any{"resultType": "matrix", "result": samplesOf(f.incidents, query, now)})
	default:
		http.NotFound(w, r)
	}
}

func tell(w http.ResponseWriter, data any) {
	text, err := json.Marshal(map[string]any{"status": "success", "data": data})
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(text) // a reader that is gone is the business of the test
}

func every(in verifytest.Incident) time.Duration {
	if in.Resolved.IsZero() {
		return 5 * time.Minute
	}
	return time.Second
}

func labelsOf(in verifytest.Incident) map[string]string {
	return map[string]string{"alertname": in.Title, "service": in.Service, "id": in.ID}
}

// ruleOf is a group with the rule of one incident.
func ruleOf(in verifytest.Incident, now time.Time) any {
	alerts := []any{}
	if in.Resolved.IsZero() && !in.Opened.After(now) {
		alert := map[string]any{
			"labels": labelsOf(in), "annotations": map[string]string{"summary": "it is down"}, "state": "firing",
			"activeAt": in.Opened.Format(time.RFC3339Nano), "value": "1e+00",
		}
		for field, value := range in.Fields {
			alert[field] = value
			if value == verifytest.Absent {
				delete(alert, field)
			}
		}
		alerts = append(alerts, alert)
	}
	return map[string]any{
		"name": "g", "file": "rules.yml", "interval": every(in).Seconds(), "lastEvaluation": now.Format(time.RFC3339Nano),
		"rules": []any{map[string]any{
			"type": "alerting", "name": in.Title, "query": "up == 0", "duration": 0, "health": "ok", "alerts": alerts,
			"lastEvaluation": now.Format(time.RFC3339Nano),
		}},
	}
}

var ranged = regexp.MustCompile(`\[(\d+)ms\]$`)

// samplesOf are the samples of ALERTS and ALERTS_FOR_STATE in the range that a query asks for.
func samplesOf(incidents []verifytest.Incident, query string, now time.Time) []any {
	ms, err := strconv.Atoi(ranged.FindStringSubmatch(query)[1])
	if err != nil {
		panic(err)
	}
	begin := now.Add(-time.Duration(ms) * time.Millisecond)
	all := []any{}
	for _, in := range incidents {
		var fires, since []any
		for at := in.Opened; !at.After(now) && (in.Resolved.IsZero() || at.Before(in.Resolved)); at = at.Add(every(in)) {
			if at.Before(begin) {
				continue
			}
			stamp := float64(at.UnixMilli()) / 1000
			fires = append(fires, []any{stamp, "1"})
			since = append(since, []any{stamp, fmt.Sprint(in.Opened.Unix())})
		}
		if len(fires) == 0 {
			continue
		}
		all = append(all,
			map[string]any{"metric": with(labelsOf(in), "__name__", "ALERTS", "alertstate", "firing"), "values": fires},
			map[string]any{"metric": with(labelsOf(in), "__name__", "ALERTS_FOR_STATE"), "values": since})
	}
	return all
}

func with(labels map[string]string, pairs ...string) map[string]string {
	all := maps.Clone(labels)
	for pair := range slices.Chunk(pairs, 2) {
		all[pair[0]] = pair[1]
	}
	return all
}

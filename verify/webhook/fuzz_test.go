package webhook

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// FuzzReceive: whatever is posted, in any format, is taken or refused, and what is kept has an id and a time.
func FuzzReceive(f *testing.F) {
	for _, name := range []string{"firing", "resolved"} {
		body, err := os.ReadFile("testdata/alertmanager_" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(body))
	}
	f.Add(encode(v3("incident.triggered", time.Now(), verifytest.Incident{ID: "P1", Opened: time.Now()})))
	f.Add(encode(v3("incident.resolved", time.Now(), verifytest.Incident{ID: "P1", Opened: time.Now()})))
	f.Add(`[{"id":"A","title":"down","status":"open","labels":[{"key":"a","value":1},"b:c",{}],"at":1e3}]`)
	f.Add(`{"id":{"a":[1]},"title":["x"],"status":true,"at":"99999999999999999999"}`)
	params := []string{
		`{}`, `{format: json, times: unix_ms, fields: {id: id, title: [title, "a[].b"], status: status, labels: labels, opened: at}}`,
		`{format: json, items: "alerts[].x", fields: {key: "a[b=c].d", title: title}}`,
	}
	f.Fuzz(func(t *testing.T, body string) {
		sources := []*Source{build(t, `{format: pagerduty, secret: {env: S}}`)}
		for _, p := range params {
			sources = append(sources, build(t, p))
		}
		for _, s := range sources {
			s.since, s.at = time.Now().Add(-time.Minute), new(net.TCPAddr) // as if it listened
			code := post(s, body, "X-PagerDuty-Signature: "+sign(body, "s3cret-S"))
			all, err := s.store.list(func(verify.Incident) bool { return true })
			if code != 202 && code != 400 || err != nil || code == 400 && len(all) != 0 {
				t.Errorf("%s: status %d, %d incidents, %v", s.params.Format, code, len(all), err)
			}
			for _, in := range all {
				if in.ID == "" || in.Opened.IsZero() || in.Status == "" || in.Source != "hook" {
					t.Errorf("%s: %+v", s.params.Format, in)
				}
			}
			if found, err := s.Trace(t.Context(), nil); err != nil || code == 400 && len(found) == 0 {
				t.Errorf("%s: a refusal is not told: %v, %v", s.params.Format, found, err)
			}
		}
	})
}

package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/lab"
	"github.com/failurefriday/friday/verify"
)

const routing = `
route: {receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: team
    webhook_configs: [{url: "http://127.0.0.1:${PORT}/pages", http_config: {authorization: {credentials: s3cret-AM}}}]
`

// fire posts an alert to an Alertmanager, as Prometheus does.
func fire(t *testing.T, am *lab.Server, began, ends time.Time, name string, instances ...string) {
	t.Helper()
	var alerts []map[string]any
	for _, i := range instances {
		alerts = append(alerts, map[string]any{
			"labels": map[string]string{"alertname": name, "instance": i, "service": "checkout", "severity": "critical"}, "startsAt": began, "endsAt": ends,
		})
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(am.URL+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the alert is not taken: %s", resp.Status)
	}
}

// hears waits until the receiver has the incidents, told as title, instance and status.
func hears(t *testing.T, am *lab.Server, s *Source, want ...string) []verify.Incident {
	t.Helper()
	var found []verify.Incident
	am.Await(t, strings.Join(want, ", "), func() error {
		all, err := s.store.list(func(verify.Incident) bool { return true })
		found = all
		var told []string
		for _, in := range all {
			told = append(told, fmt.Sprint(in.Title, " ", in.Labels["instance"], " ", in.Status))
		}
		if err != nil || strings.Join(told, ", ") != strings.Join(want, ", ") {
			return fmt.Errorf("it has %v, %v; refused: %+v", told, err, s.log.list())
		}
		return nil
	})
	return found
}

func TestRealAlertmanager(t *testing.T) {
	t.Parallel()
	port := fmt.Sprint(lab.FreePort(t))
	am := lab.Alertmanager(t, strings.ReplaceAll(routing, "${PORT}", port))
	began, later := time.Now(), time.Now().Add(time.Hour)

	// While nobody listens, it tries again and again: what began then is not new for one who listens later.
	fire(t, am, began.Add(-time.Minute), later, "Early", "a")
	am.Await(t, "a failed notification", func() error { return failed(am) })
	s := start(t, `{listen: "127.0.0.1:`+port+`", path: /pages, secret: {env: AM}}`)
	early := hears(t, am, s, "Early a triggered")[0]
	if !early.Opened.Equal(began.Add(-time.Minute).UTC().Truncate(time.Millisecond)) && early.Opened.Sub(began.Add(-time.Minute)).Abs() > time.Millisecond {
		t.Errorf("what began a minute before is opened at %s, it began at %s", early.Opened, began.Add(-time.Minute))
	}

	// What begins now is opened when its message comes, by our clock.
	began = time.Now()
	fire(t, am, began, later, "Down", "a", "b")
	all := hears(t, am, s, "Early a triggered", "Down a triggered", "Down b triggered")
	for _, in := range all[1:] {
		if in.Opened.Before(began) || in.Opened.After(time.Now()) || in.Service != "checkout" || in.Severity != "critical" ||
			len(in.Notified) != 1 || in.Notified[0].Who != "team" || in.Key != all[1].Key || in.Key == early.Key {
			t.Errorf("%+v", in)
		}
	}
	fire(t, am, began, time.Now(), "Down", "a")
	all = hears(t, am, s, "Early a triggered", "Down a resolved", "Down b triggered")
	if all[1].Resolved.Before(all[1].Opened) || all[1].ResolvedByHand {
		t.Errorf("%+v", all[1])
	}
	if since, err := s.Since(t.Context(), began); len(since) != 2 || err != nil {
		t.Errorf("since the fault: %+v, %v", since, err)
	}
	if refused := s.log.list(); len(refused) != 0 {
		t.Errorf("a real sender was refused: %+v", refused)
	}
}

// failed reports whether a notification has failed.
func failed(am *lab.Server) error {
	resp, err := http.Get(am.URL + "/metrics")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(name, "alertmanager_notification_requests_failed_total{") &&
			strings.Contains(name, `"webhook"`) && value != "0" {
			return nil
		}
	}
	return fmt.Errorf("none so far")
}

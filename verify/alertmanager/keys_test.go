package alertmanager

import (
	"maps"
	"slices"
	"testing"
	"time"
)

const nested = `
global: {resolve_timeout: 1m}
route:
  receiver: hook
  group_by: [alertname, job]
  group_wait: 0s
  group_interval: 1s
  routes:
    - matchers: [team="web"]
      continue: true
      routes:
        - {match_re: {severity: "warn|info"}, match: {region: eu}, group_by: ['...']}
        - {matchers: ['severity=~"crit.*"', 'env!="dev"', 'odd="a\"b\\c"'], group_by: []}
        - {matchers: [severity="page"], group_by: [job, none]}
    - matchers: [team=~"web|db"]
      receiver: hook
receivers:
  - name: hook
    webhook_configs: [{url: HOOKS/hook}]
    pagerduty_configs: [{routing_key: 0123456789abcdef0123456789abcdef, url: HOOKS/v2/enqueue}]
`

// TestKeysAreThoseThatAlertmanagerSends compares group keys and dedup keys with those of a real server's notifications.
func TestKeysAreThoseThatAlertmanagerSends(t *testing.T) {
	t.Parallel()
	w := start(t, nested, Params{})
	alerts := []string{
		"alertname=A job=api x=1", "alertname=A job=api team=db", "alertname=B team=web severity=warn region=eu",
		`alertname=C team=web severity=critical odd=a"b\c`, "alertname=D team=web severity=page job=j", "alertname=E team=web",
	}
	config, err := w.Routing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, text := range alerts {
		for _, r := range config.Match(labelled(text)) {
			want["/hook "+r.GroupKey(labelled(text))] = true
			want["/v2/enqueue "+r.DedupKey(labelled(text))] = true
		}
	}
	w.post(t, time.Now(), alerts...)
	got := map[string]bool{}
	w.am.Await(t, "all notifications", func() error {
		for _, n := range w.hooks.all() {
			key, _ := n.body["groupKey"].(string)
			if n.path == "/v2/enqueue" {
				key, _ = n.body["dedup_key"].(string)
			}
			got[n.path+" "+key] = true
		}
		if len(got) < len(want) {
			return errWait
		}
		return nil
	})
	if !maps.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

package icinga2

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/icingalab"
	"github.com/failurefriday/friday/verify"
)

// quiet is a way to keep Icinga from telling anybody.
type quiet struct {
	name     string
	service  string // more of the service's configuration
	note     string // the notification object
	begin    func(t *testing.T, i *icingalab.Icinga)
	hop      verify.Hop
	kind     string
	says     string
	hidden   bool                                    // there is no incident either
	mend     func(t *testing.T, i *icingalab.Icinga) // after which somebody is told
	finds    string                                  // which check of the audit finds it
	severity verify.Severity
}

func downtimeOf(name string) map[string]any {
	now := time.Now().Unix()
	return map[string]any{
		"type": "Service", "filter": `service.name=="` + name + `"`, "author": "alice", "comment": "new disks", "start_time": now - 1, "end_time": now + 2*86400, "fixed": true,
	}
}

var (
	lateBegin = page("begin", toOncall+", times = { begin = 1h }")
	silenced  = []quiet{
		{
			name: "downtime", note: page("downtime", toOncall), hop: verify.Routed, kind: "SF-12", says: `in a downtime of alice until`, hidden: true, finds: "long-downtime", severity: verify.Risky,
			begin: func(t *testing.T, i *icingalab.Icinga) {
				i.Post(t, "/v1/actions/schedule-downtime", downtimeOf("downtime"))
			},
			mend: func(t *testing.T, i *icingalab.Icinga) {
				i.Post(t, "/v1/actions/remove-downtime", map[string]any{"type": "Service", "filter": `service.name=="downtime"`})
			},
		},
		{
			name: "off", note: page("off", toOncall), service: "enable_notifications = false", hop: verify.Routed, kind: "SF-12", says: "notifications are switched off for service lab!off", hidden: true,
			finds: "notifications-off", severity: verify.Severe,
			mend: func(t *testing.T, i *icingalab.Icinga) {
				i.Post(t, "/v1/objects/services/lab!off", map[string]any{"attrs": map[string]any{"enable_notifications": true}})
			},
		},
		{name: "nobody", hop: verify.Routed, kind: "SF-15", says: "no notification object belongs to service lab!nobody", finds: "no-notification", severity: verify.Severe},
		{name: "night", note: page("night", toOncall+`, period = "never"`), hop: verify.Routed, kind: "SF-14", says: "period never is closed", finds: "outside-period", severity: verify.Risky},
		{name: "asleep", note: page("asleep", `users = [ "asleep" ]`), hop: verify.Routed, kind: "SF-14", says: "user asleep is not told now", finds: "outside-period", severity: verify.Risky},
		{name: "picky", note: page("picky", `users = [ "picky" ]`), hop: verify.Routed, kind: "SF-15", says: "user picky leaves out the state CRITICAL", finds: "no-notification", severity: verify.Severe},
		{name: "mild", note: page("mild", toOncall+`, states = [ Warning ]`), hop: verify.Routed, kind: "SF-15", says: "leaves out the state CRITICAL", finds: "no-notification", severity: verify.Severe},
		{name: "good-news", note: page("good-news", toOncall+`, types = [ Recovery ]`), hop: verify.Routed, kind: "SF-15", says: "leaves out problems", finds: "no-notification", severity: verify.Severe},
		{name: "empty", note: page("empty", `user_groups = [ "empty" ]`), hop: verify.Routed, kind: "SF-20", says: "has no users", finds: "nobody-told", severity: verify.Severe},
		{name: "passive", note: page("passive", toOncall), service: "enable_active_checks = false", hop: verify.Collected, kind: "SF-05", says: "not checked actively", finds: "passive-without-freshness", severity: verify.Risky},
		{name: "closed", note: page("closed", toOncall), service: `check_period = "never"`, hop: verify.Collected, kind: "SF-14", says: "not checked now: period never is closed"},
		{name: "plugin", note: page("plugin", toOncall), service: `check_command = "gone"`, hop: verify.RuleEvaluated, kind: "SF-07", says: "cannot be run: execvpe(/gone)", finds: "failing-check", severity: verify.Severe},
	}
)

// TestRealSilence: each way to keep Icinga quiet is foretold, found by the audit, and seen when the fault comes; and once
// it is mended somebody is told.
func TestRealSilence(t *testing.T) {
	t.Parallel()
	config := people + `object CheckCommand "gone" { command = [ "/gone" ] }` + "\n"
	shops := map[string]*shop{}
	for _, q := range silenced {
		shops[q.name] = newShop(t)
		config += shops[q.name].service(q.name, q.service) + q.note
	}
	shops["begin"] = newShop(t)
	i := icingalab.Start(t, config+shops["begin"].service("begin", "")+lateBegin)
	src := connect(t, i)
	t.Run("begin", func(t *testing.T) { t.Parallel(); late(t, src, shops["begin"]) })
	for _, q := range silenced {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			q.try(t, i, connect(t, i), shops[q.name])
		})
	}
}

func (q quiet) try(t *testing.T, i *icingalab.Icinga, src *Source, web *shop) {
	key := "lab!" + q.name
	if q.begin != nil {
		q.begin(t, i)
	}
	await(t, "it is foretold", func() error { return told(foretold(t, src, key), q) })
	if q.finds != "" {
		q.found(t, src)
	}
	trail := src.Follow([]verify.Expectation{expects("1.1", key)})
	if _, err := trail.Look(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	web.close()
	fault := time.Now()
	state := verify.Broken
	if q.kind == "SF-05" {
		state = verify.Waiting
	}
	by := walk(t, trail, fault, "it is seen", is(q.hop, state))
	if q.hop == verify.Routed {
		by = walk(t, trail, fault, "HARD", is(verify.Firing, verify.OK))
	}
	if err := told([]verify.Evidence{by[q.hop]}, q); err != nil {
		t.Error(err)
	}
	for _, after := range []verify.Hop{verify.NotificationAccepted, verify.ResponderNotified} {
		if e, seen := by[after]; seen && e.State == verify.OK && q.kind != "SF-07" {
			t.Errorf("%+v", e)
		}
	}
	open, err := src.Open(t.Context())
	is := strings.Contains(keys(open), " "+key+" ")
	if want := q.hop == verify.Routed && !q.hidden; err != nil || is != want && q.kind != "SF-07" {
		t.Errorf("open are %s, %v; want %t", keys(open), err, want)
	}
	if q.mend != nil {
		q.mend(t, i)
		opened(t, src, key)
	}
}

func keys(all []verify.Incident) string {
	text := " "
	for _, in := range all {
		text += in.Key + " "
	}
	return text
}

// told reports whether the evidence tells of it.
func told(found []verify.Evidence, q quiet) error {
	for _, e := range found {
		if e.Hop == q.hop && e.Kind == q.kind && strings.Contains(e.Text, q.says) && e.Advice != "" && e.Request != "" && e.Answer != "" {
			return nil
		}
	}
	return &missing{q, found}
}

type missing struct {
	q     quiet
	found []verify.Evidence
}

func (m *missing) Error() string {
	text := m.q.hop.String() + " " + m.q.kind + " " + m.q.says + " is not in"
	for _, e := range m.found {
		text += "\n" + e.Hop.String() + " " + string(e.State) + " " + e.Kind + ": " + e.Text + " | " + e.Answer
	}
	return text
}

func (q quiet) found(t *testing.T, src *Source) {
	t.Helper()
	all, err := src.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Check == q.finds && f.Subject == "service lab!"+q.name && f.Kind == q.kind && f.Severity == q.severity && f.Source == "icinga" && f.Advice != "" {
			return
		}
	}
	t.Errorf("the audit does not find %s: %+v", q.finds, all)
}

// late: a notification that waits is neither wrong nor sent.
func late(t *testing.T, src *Source, web *shop) {
	b := verify.BudgetOf(expects("1.1", "begin"), foretold(t, src, "begin"), verify.IncidentCreated)
	if b.Best.Duration() != time.Hour+time.Second || b.Worst < b.Best {
		t.Errorf("%+v", b)
	}
	trail := src.Follow([]verify.Expectation{expects("1.1", "begin")})
	walk(t, trail, time.Time{}, "the baseline", is(verify.Collected, verify.OK))
	web.close()
	by := walk(t, trail, time.Now(), "HARD", is(verify.Firing, verify.OK))
	if e := by[verify.Routed]; e.State != verify.Waiting || e.Kind != "SF-09" || !strings.Contains(e.Text, "waits for 1h0m0s") {
		t.Errorf("%+v", maps.Collect(maps.All(by)))
	}
}

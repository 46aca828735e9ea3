package amconfig_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/pkg/labels"

	"github.com/failurefriday/friday/internal/amconfig"
)

// targetDown is the dedup key that Alertmanager 0.25 sent to PagerDuty for the group {}:{alertname="TargetDown"}.
const targetDown = "7f125be2a86f87293c6f2beaa0e8d73643b9fd149b2a9cc1cce3b05ef1f627d6"

type set = map[string]string

func TestAnInhibitionNeedsBothSidesAndEqualLabels(t *testing.T) {
	config := read(t, whole)
	for _, tc := range []struct {
		name           string
		source, target set
		want           string
	}{
		{"equal labels are equal", set{"severity": "critical", "cluster": "a", "job": "x"}, set{"severity": "warning", "cluster": "a", "job": "x"}, "true []"},
		{"one differs", set{"severity": "critical", "cluster": "a", "job": "x"}, set{"severity": "warning", "cluster": "b", "job": "x"}, "false []"},
		{"both lack one", set{"severity": "critical", "job": "x"}, set{"severity": "warning", "job": "x"}, "true [cluster]"},
		{"both lack all", set{"severity": "critical"}, set{"severity": "info"}, "true [cluster job]"},
		{"one side lacks one", set{"severity": "critical"}, set{"severity": "info", "job": "x"}, "false []"},
		{"an empty label is a missing one", set{"severity": "critical", "job": ""}, set{"severity": "info"}, "true [cluster job]"},
		{"the source does not match", set{"severity": "warning"}, set{"severity": "info"}, "false []"},
		{"the target does not match", set{"severity": "critical"}, set{"severity": "page"}, "false []"},
	} {
		rule, ok := config.Inhibits(tc.source, tc.target)
		absent := []string{}
		if ok {
			absent = rule.Absent(tc.source, tc.target)
		}
		if got := fmt.Sprint(ok, " ", absent); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestAlertsThatAreBothSourceAndTargetDoNotInhibitEachOther(t *testing.T) {
	config := read(t, "inhibit_rules: [{source_matchers: [severity=~\"critical|page\"], target_matchers: [team=\"web\"]}]\nroute: {receiver: a}\nreceivers: [{name: a}]")
	both, other := set{"severity": "page", "team": "web"}, set{"severity": "critical", "team": "db"}
	if _, ok := config.Inhibits(both, both); ok {
		t.Error("an alert inhibits itself")
	}
	if _, ok := config.Inhibits(other, both); !ok {
		t.Error("an alert of the source side alone does not inhibit one of both sides")
	}
}

func TestASilenceCoversWhatAllItsMatchersMatch(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	s := amconfig.Silence{
		Matchers: labels.Matchers{matcher(t, labels.MatchRegexp, "job", "a.*"), matcher(t, labels.MatchNotEqual, "env", "prod")},
		Start:    at, End: at.Add(time.Hour),
	}
	for _, tc := range []struct {
		alert set
		want  bool
	}{{set{"job": "api"}, true}, {set{"job": "api", "env": "prod"}, false}, {set{"job": "web"}, false}, {set{}, false}} {
		if got := s.Covers(tc.alert); got != tc.want {
			t.Errorf("%v: got %v", tc.alert, got)
		}
	}
	if (amconfig.Silence{}).Covers(set{"job": "api"}) {
		t.Error("a silence without matchers covers something")
	}
	for d, want := range map[time.Duration]bool{-1: false, 0: true, time.Hour - 1: true, time.Hour: false} {
		if s.In(at.Add(d)) != want {
			t.Errorf("in force after %v: %v", d, !want)
		}
	}
}

func TestMissedSaysWhatAMatcherWanted(t *testing.T) {
	all := labels.Matchers{matcher(t, labels.MatchEqual, "team", "web"), matcher(t, labels.MatchRegexp, "job", "a|b")}
	for want, alert := range map[string]set{
		`label team is missing, and team="web" is asked for`: {"job": "a"},
		`label job is "c", and job=~"a|b" is asked for`:      {"team": "web", "job": "c"},
		"": {"team": "web", "job": "b"},
	} {
		if got := amconfig.Missed(all, alert); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func matcher(t *testing.T, kind labels.MatchType, name, value string) *labels.Matcher {
	t.Helper()
	m, err := labels.NewMatcher(kind, name, value)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

package amconfig_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const calendar = `
route:
  receiver: a
  routes:
    - {receiver: night, matchers: [m="night"], mute_time_intervals: [weekend, nights]}
    - {receiver: office, matchers: [m="office"], active_time_intervals: [office]}
    - {receiver: always, matchers: [m="always"], mute_time_intervals: [ever]}
receivers: [{name: a}, {name: night}, {name: office}, {name: always}]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: 00:00, end_time: 06:00}, {start_time: 22:00, end_time: 24:00}]
  - name: weekend
    time_intervals: [{weekdays: [saturday, sunday]}]
  - name: office
    time_intervals:
      - weekdays: ['monday:friday']
        times: [{start_time: 09:00, end_time: 17:00}]
        months: ['january:december']
        days_of_month: ['1:-1']
        years: [2020:2030]
        location: Europe/Berlin
  - {name: ever, time_intervals: [{}]}
`

func TestMutedSaysByWhatAndUntilWhen(t *testing.T) {
	config := read(t, calendar)
	if len(config.Problems) > 0 {
		t.Fatal(config.Problems)
	}
	for _, tc := range []struct {
		route    int
		at, want string
	}{
		{0, "2026-11-23T12:00:30Z", "no"}, // a Monday
		{0, "2026-11-23T22:00:30Z", "nights false until 2026-11-24T06:00:00Z"},
		{0, "2026-11-27T23:00:00Z", "nights false until 2026-11-30T06:00:00Z"}, // into the weekend and out of it
		{0, "2026-11-28T12:00:00Z", "weekend false until 2026-11-30T06:00:00Z"},
		{1, "2026-11-23T08:00:00Z", "no"}, // nine in Berlin
		{1, "2026-11-23T07:59:59Z", "office true until 2026-11-23T08:00:00Z"},
		{1, "2026-11-20T16:00:00Z", "office true until 2026-11-23T08:00:00Z"},
		{1, "2026-07-01T07:30:00Z", "no"}, // half past nine, in summer
		{2, "2026-07-01T07:30:00Z", "ever false until 0001-01-01T00:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		got := "no"
		if m, muted := config.Root.Routes[tc.route].MutedAt(at); muted {
			got = fmt.Sprint(m.By, " ", m.Outside, " until ", m.Until.Format(time.RFC3339))
		}
		if got != tc.want {
			t.Errorf("route %d at %s: got %s, want %s", tc.route, tc.at, got, tc.want)
		}
	}
	if _, muted := config.Root.MutedAt(time.Now()); muted {
		t.Error("the root route is muted")
	}
}

func TestAWeekListsEveryMuting(t *testing.T) {
	config := read(t, calendar)
	from := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var got []string
	for _, m := range config.Root.Routes[0].Week(from) {
		got = append(got, m.By+" "+m.From.Format("Mon15:04")+"-"+m.Until.Format("Mon15:04"))
	}
	want := "nights Mon22:00-Tue06:00, nights Tue22:00-Wed06:00, nights Wed22:00-Thu06:00, nights Thu22:00-Fri06:00, nights Fri22:00-Mon06:00"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	if got := config.Root.Routes[2].Week(from); len(got) != 1 || got[0].Until.Sub(got[0].From) != 7*24*time.Hour {
		t.Errorf("a route that is always muted: %v", got)
	}
	if got := config.Root.Week(from); got != nil {
		t.Errorf("the root is muted: %v", got)
	}
}

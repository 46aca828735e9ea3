package alertmanager

import (
	"testing"
	"time"
)

// TestACanaryThatWakesNobodyIsHeard: an alert whose route ends nowhere is no incident, and is heard of all the same.
func TestACanaryThatWakesNobodyIsHeard(t *testing.T) {
	t.Parallel()
	w := start(t, `
route: {receiver: nobody, group_wait: 0s}
receivers: [{name: nobody}]
`, Params{})
	before := time.Now().Truncate(time.Millisecond)
	w.post(t, before, "alertname=Watchdog severity=none")
	if open, err := w.Open(t.Context()); len(open) != 0 || err != nil {
		t.Errorf("it is an incident: %+v, %v", open, err)
	}
	heard, err := w.Heard(t.Context())
	if err != nil || len(heard) != 1 || heard[0].Title != "Watchdog" || heard[0].Heard.Before(before) || heard[0].Heard.After(time.Now()) {
		t.Errorf("heard %+v, %v", heard, err)
	}
}

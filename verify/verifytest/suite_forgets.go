package verifytest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// resolved watches one of two incidents end, on a system that forgets it: the source must tell so, and when, and must not
// take a look that failed for an end.
func (s Suite) resolved(t *testing.T) {
	opened, end := start(), time.Now().Add(3*time.Second)
	line, src := s.serve(t,
		Incident{ID: "STAYS", Service: "Checkout", Title: "stays", Opened: opened},
		Incident{ID: "ENDS", Service: "Checkout", Title: "ends", Opened: opened, Resolved: end})
	see := func() map[string]verify.Incident {
		t.Helper()
		since, err := src.Since(t.Context(), opened)
		if got := fmt.Sprint(s.ids(since)); got != "[ENDS STAYS]" || err != nil {
			t.Fatalf("Since: %s, %v; want both incidents, whatever became of them", got, err)
		}
		all := map[string]verify.Incident{}
		for _, in := range since {
			all[s.ID(in)] = in
		}
		if in := all["STAYS"]; in.Status != verify.Triggered || !in.Resolved.IsZero() {
			t.Fatalf("the incident that stays is %s, resolved %s", in.Status, in.Resolved)
		}
		return all
	}
	see()
	line.Script(func(int) *Fault { return s.named(t, Once) })
	if _, err := src.Since(t.Context(), opened); err == nil {
		t.Error("a look that failed is no error")
	}
	line.Script(nil)
	last := time.Now() // before the last look that showed it open
	for {
		asked := time.Now()
		in := see()["ENDS"]
		if in.Status == verify.Resolved {
			if in.Resolved.Before(last) || in.Resolved.After(time.Now()) || time.Now().Before(end) {
				t.Errorf("resolved %s, asked %s; it was last seen open after %s, and ended %s", in.Resolved, asked, last, end)
			}
			break
		}
		if asked.After(end.Add(10 * time.Second)) {
			t.Fatalf("it ended at %s, and is still told as %s", end, in.Status)
		}
		last = asked
		time.Sleep(20 * time.Millisecond) // between two looks
	}
	open, err := src.Open(t.Context())
	if got := s.ids(open); !slices.Equal(got, []string{"STAYS"}) || err != nil {
		t.Errorf("Open: %v, %v", got, err)
	}
}

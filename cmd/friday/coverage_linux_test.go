package main

import (
	"strings"
	"testing"
)

// TestAnAlertIsProven goes all the way on real monitoring: an alert that nobody has tried is drafted for, the draft is
// planned and run as it is, and the page that comes proves the alert.
func TestAnAlertIsProven(t *testing.T) {
	t.Parallel()
	s := newSilence(t, "sf-06-never-fires", "fixed")
	s.raise()
	s.write("friday.yaml", s.real()["friday.yaml"])
	expect := func(want int, words []string, args ...string) (out string) {
		t.Helper()
		code, out := s.run(args...)
		if code != want {
			t.Fatalf("friday %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, out)
		}
		for _, word := range words {
			if !strings.Contains(out, word) {
				t.Fatalf("friday %s: no %q in\n%s", strings.Join(args, " "), word, out)
			}
		}
		return out
	}
	coverage := []string{"coverage", "--untestable", "Watchdog", "--min", "100%"}
	expect(exitFailed, []string{"never tried", "0 of 1 rule proven (0%), less than 100%: 1 more to prove"}, coverage...)
	expect(exitPass, []string{"CheckoutDown"}, "suggest")
	scenario := s.write("drafted.yaml", expect(exitPass, []string{s.at[atCheckout]}, "suggest", "CheckoutDown"))
	expect(exitPass, []string{": ok"}, "validate", scenario)
	expect(exitPass, nil, "plan", scenario)
	expect(exitPass, nil, "run", "--yes", "--plain", scenario)
	expect(exitPass, []string{"1 of 1 rule proven (100%)", "✓ proven"}, coverage...)
	expect(exitPass, []string{"Watchdog"}, "suggest")
	if code, out := s.run("suggest"); code != exitPass || strings.Contains(out, "CheckoutDown") {
		t.Errorf("exit %d; what is proven is suggested:\n%s", code, out)
	}
}

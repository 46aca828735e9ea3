package main

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// TestTheBoardShowsHowFarThePageHasCome: the last hop that was passed, and what holds the page up behind it.
func TestTheBoardShowsHowFarThePageHasCome(t *testing.T) {
	b := newBoard("checkout-dies", time.Now)
	plan := &verify.PlanInfo{Steps: []verify.StepPlan{{Name: "kill", Expect: []verify.Expectation{{ID: "1.1", Text: "fires on pd"}}}}}
	see := func(hop verify.Hop, state verify.State, text string) {
		b = b.with(verify.Event{Type: verify.Traced, Step: 1, Evidence: &verify.Evidence{Hop: hop, State: state, Text: text, Expectation: "1.1"}})
	}
	shows := func(want string) {
		t.Helper()
		if got := b.draw(); !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	b = b.with(verify.Event{Type: verify.RunPlanned, Plan: plan}).with(verify.Event{Type: verify.StepStarted, Step: 1})
	if strings.Contains(b.draw(), "page") {
		t.Errorf("a page that nobody follows is shown:\n%s", b.draw())
	}
	see(verify.RuleEvaluated, verify.OK, "evaluated")
	see(verify.Pending, verify.OK, "true")
	see(verify.Firing, verify.Waiting, "pending for 2s, needs 5s")
	shows("pending for 2s, needs 5s")
	see(verify.Firing, verify.OK, "fires")
	see(verify.Routed, verify.Broken, "silenced by \x1balice")
	shows("firing")
	shows("silenced by")
	if strings.Contains(b.draw(), "needs 5s") || strings.Contains(b.draw(), "\x1balice") {
		t.Errorf("what is over, or unsafe, is shown:\n%s", b.draw())
	}
	if b = b.with(verify.Event{Type: verify.StepStarted, Step: 1}); strings.Contains(b.draw(), "page") {
		t.Error("the next step shows the page of the last one")
	}
}

package judge

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/verify"
)

// TestMustNotNeedsItsProofs: silence passes only if something was broken and somebody looked when it was over.
func TestMustNotNeedsItsProofs(t *testing.T) {
	harmless := func() *story {
		return tell(mustNot).begin().fault(4.9, verify.FaultMade, false).fault(5, verify.FaultLook, false)
	}
	for name, c := range map[string]struct {
		story *story
		want  Verdict
		says  string
	}{
		"every proof":              {tell(mustNot).begin().breaks().poll(25, ""), Pass, "stayed silent"},
		"read before the end only": {tell(mustNot).begin().breaks().poll(24, ""), Inconclusive, "not read after the deadline"},
		"could not look":           {tell(mustNot).begin().breaks().poll(24, "").poll(25, "503"), Inconclusive, "503"},
		"nothing was broken":       {harmless().poll(25, ""), Void, "never took effect"},
		"it fired":                 {tell(mustNot).begin().breaks().page(8, nil).poll(25, ""), Unexpected, "P1"},
		"it fired afterwards":      {tell(mustNot).begin().breaks().poll(25, "").page(26, nil), Pass, "P1 fired after it was undone"},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, c.story.ends())
			if res.Verdict != c.want || !strings.Contains(res.Reason, c.says) {
				t.Errorf("%s, want %s: %s", res.Verdict, c.want, res.Reason)
			}
		})
	}
}

// TestControl: nothing is broken, and whatever fires all the same proves nothing.
func TestControl(t *testing.T) {
	control := func(e verify.Expectation) *story {
		s := tell(e)
		s.plan.Steps[0].Faults = nil
		s.begin()
		s.events[0].Run.Control = true
		return s
	}
	for name, c := range map[string]struct {
		story *story
		want  Verdict
		says  string
	}{
		"silent":               {control(expectCheckout()).poll(22, "").over(30), Pass, "silent without a fault"},
		"fired":                {control(expectCheckout()).page(8, nil).poll(22, "").over(30), Unexpected, "proves nothing"},
		"what must not, did":   {control(mustNot).page(8, nil).poll(22, "").over(30), Unexpected, "fired with no fault"},
		"what must not, not":   {control(mustNot).poll(22, "").over(30), Pass, "silent without a fault"},
		"could not look":       {control(expectCheckout()).poll(22, "down").over(30), Inconclusive, "down"},
		"did not look long":    {control(expectCheckout()).poll(12, "").over(30), Inconclusive, "not read after"},
		"stopped in the midst": {control(expectCheckout()).poll(12, "").stops(13, verify.BySignal, "interrupted").over(14), Aborted, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := judged(t, c.story)
			if res.Verdict != c.want || !strings.Contains(res.Reason, c.says) {
				t.Errorf("%s, want %s: %s", res.Verdict, c.want, res.Reason)
			}
		})
	}
}

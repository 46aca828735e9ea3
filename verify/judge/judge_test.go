package judge

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/failurefriday/friday/verify"
)

// TestLattice pins the order of the verdicts, from worst to best, and the class of each.
func TestLattice(t *testing.T) {
	order := []Verdict{
		Unrestored, Aborted, Silent, Wrong, Unexpected, FalseRecovery, Stuck, Late, Noisy, Void, Unjudged, Inconclusive, Impossible, Pass,
	}
	for i, worse := range order {
		for _, better := range order[i:] {
			if got := Worst(better, worse); got != worse {
				t.Errorf("worst of %s and %s is %s", worse, better, got)
			}
		}
	}
	if Worst() != Unjudged || Verdict(0).Class() == Passed {
		t.Error("nothing judged counts as a pass")
	}
	classes := map[Class][]Verdict{
		Passed: {Pass}, Left: {Unrestored}, Stopped: {Aborted}, CannotTell: {Unjudged, Void, Inconclusive, Impossible},
		Failed: {Silent, Wrong, Unexpected, FalseRecovery, Stuck, Late, Noisy},
	}
	for class, verdicts := range classes {
		for _, v := range verdicts {
			if v.Class() != class {
				t.Errorf("%s has class %d, want %d", v, v.Class(), class)
			}
			var back Verdict
			if text, err := v.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != v {
				t.Errorf("%s does not survive a round trip", v)
			}
		}
	}
}

// TestWaiting asks at 9 s, with the page due at 15 s, what the hold must go on for.
func TestWaiting(t *testing.T) {
	notify := with(func(e *verify.Expectation) { e.Notified = seconds(20) })
	acknowledge := with(func(e *verify.Expectation) { e.Acknowledged = seconds(3) })
	most := with(func(e *verify.Expectation) { e.AtMost = 1 })
	told := func(in *verify.Incident) { in.Notified = []verify.Notification{{At: in.Opened, Who: "Ann"}} }
	full, control := tell(expectCheckout()), tell(expectCheckout()).begin()
	full.plan.Steps[0].HoldFull = true
	control.events[0].Run.Control = true
	for name, c := range map[string]struct {
		story *story
		now   float64
		want  []string
	}{
		"nothing in force":             {tell(expectCheckout()).begin(), 9, []string{"1.1 the fault is not in force"}},
		"not fired":                    {tell(expectCheckout()).begin().breaks().poll(8, ""), 9, []string{"1.1 has not fired"}},
		"not fired and overdue":        {tell(expectCheckout()).begin().breaks().poll(16, ""), 17, []string{"1.1 has not fired"}},
		"fired":                        {tell(expectCheckout()).begin().breaks().page(7, nil).poll(8, ""), 9, nil},
		"fired late":                   {tell(expectCheckout()).begin().breaks().page(16, nil).poll(17, ""), 18, nil},
		"fired, and no more":           {tell(most).begin().breaks().page(7, nil).poll(8, ""), 9, nil},
		"must not":                     {tell(mustNot).begin().breaks().poll(8, ""), 9, []string{"1.1 must stay silent for the whole hold"}},
		"control":                      {control.page(7, nil).poll(8, ""), 9, []string{"1.1 must stay silent for the whole hold"}},
		"the whole hold":               {full.begin().breaks().page(7, nil).poll(8, ""), 9, []string{"hold_full"}},
		"nobody notified":              {tell(notify).begin().breaks().page(7, nil).poll(8, ""), 9, []string{"1.1 nobody has been notified"}},
		"somebody notified":            {tell(notify).begin().breaks().page(7, told).poll(8, ""), 9, nil},
		"overdue for the person":       {tell(acknowledge).begin().breaks().page(6, nil).poll(8.5, ""), 9, nil},
		"overdue, and not looked":      {tell(acknowledge).begin().breaks().page(6, nil).poll(7, ""), 9, []string{"1.1 nobody has acknowledged"}},
		"overdue, and looked in vain":  {tell(acknowledge).begin().breaks().page(6, nil).poll(8.5, "503"), 9, []string{"1.1 nobody has acknowledged"}},
		"two, of which one is missing": {tell(expectCheckout(), mustNot).begin().breaks().page(7, nil).poll(8, ""), 9, []string{"1.1 must stay silent for the whole hold"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Waiting(c.story.events, 1, c.story.at(c.now))); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := Waiting(full.events, 7, t0); got != nil {
		t.Errorf("a step that is not there waits for %v", got)
	}
}

func TestUnresolved(t *testing.T) {
	resolve := with(func(e *verify.Expectation) { e.Resolves = seconds(10) })
	open := tell(resolve).begin().breaks().page(8, nil)
	if !Unresolved(open.events, 1) || Unresolved(open.events, 2) {
		t.Error("an open incident is not waited for")
	}
	open.page(30, func(in *verify.Incident) { in.Opened = open.at(8); resolvedAt(30)(in) })
	if Unresolved(open.events, 1) || Unresolved(tell(expectCheckout()).begin().breaks().page(8, nil).events, 1) {
		t.Error("what is resolved, or need not be, is waited for")
	}
}

// TestSchema: records keep to the schema that is printed for others.
func TestSchema(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(Judge(eventful().events))
	if err != nil {
		t.Fatal(err)
	}
	record, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(record); err != nil {
		t.Errorf("%v", err)
	}
	if err := schema.Validate(map[string]any{"version": "one"}); err == nil {
		t.Error("the schema takes anything")
	}
}

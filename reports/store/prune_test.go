package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

// aged is a run of a scenario that was started so many days before day.
func aged(scenario string, days int, v judge.Verdict) judge.Record {
	r := sample.Passed()
	r.Run.Scenario, r.Verdict, r.Started = scenario, v, day.AddDate(0, 0, -days)
	r.Run.ID = r.Started.Format("20060102-150405") + "-" + scenario
	return r
}

var day = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestPrunable(t *testing.T) {
	control := aged("a", 500, judge.Pass)
	control.Run.Control, control.Run.ID = true, control.Run.ID+"-control"
	staging := aged("a", 450, judge.Pass)
	staging.Run.Environment, staging.Run.ID = "staging", staging.Run.ID+"-staging"
	s := tempStore(t,
		aged("a", 1, judge.Silent), aged("a", 100, judge.Pass), aged("a", 200, judge.Pass), aged("a", 300, judge.Silent),
		aged("b", 150, judge.Silent), aged("b", 250, judge.Late), control, staging,
	)
	put(t, s, "20200101-000000-bad", "record.json", "{")
	for name, c := range map[string]struct {
		r          Retention
		gone, kept []string
	}{
		"by age":   {Retention{Before: day.AddDate(0, 0, -120)}, []string{"a 300", "b 250", "a 200", "b 150"}, []string{"bad", "control", "staging"}},
		"by count": {Retention{Newest: 1}, []string{"a 300", "b 250", "a 200"}, []string{"bad", "a 100"}},
		"both":     {Retention{Before: day.AddDate(0, 0, -120), Newest: 3}, []string{"a 300"}, []string{"bad"}},
		"none":     {Retention{Before: day.AddDate(-9, 0, 0)}, nil, []string{"bad"}},
	} {
		gone, kept, err := s.Prunable(t.Context(), c.r, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		var names, stay []string
		for _, r := range gone {
			names = append(names, short(r))
		}
		for _, k := range kept {
			stay = append(stay, short(k.Run))
			if k.Why == "" {
				t.Errorf("%s: nobody says why %s stays", name, k.Run.ID)
			}
		}
		if diff := cmp.Diff(c.gone, names); diff != "" {
			t.Errorf("%s: gone: %s", name, diff)
		}
		if diff := cmp.Diff(c.kept, stay); diff != "" {
			t.Errorf("%s: kept: %s", name, diff)
		}
	}
	gone, kept, err := s.Prunable(t.Context(), Retention{Newest: 1}, func(id string) string {
		if strings.HasSuffix(id, "-b") {
			return "it owes something"
		}
		return ""
	})
	if err != nil || len(gone) != 2 || len(kept) != 3 {
		t.Errorf("%d gone, %d kept, %v: what is needed stays", len(gone), len(kept), err)
	}
}

// short is a run as the tests call it.
func short(r Run) string {
	switch {
	case r.Error != "":
		return "bad"
	case r.Control:
		return "control"
	case r.Environment == "staging":
		return "staging"
	}
	return fmt.Sprintf("%s %d", r.Scenario, int(day.Sub(r.Started).Hours()/24))
}

func TestPruneRemovesWholeRuns(t *testing.T) {
	s := tempStore(t, aged("a", 1, judge.Pass), aged("a", 2, judge.Pass), aged("a", 3, judge.Pass))
	before, err := s.List(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// What an interrupted one has left is no run, and goes with the next, also if the run is back.
	must(t, os.Rename(filepath.Join(s.runs(), before[2].ID), filepath.Join(s.runs(), prunedMark+before[2].ID)))
	put(t, s, prunedMark+before[1].ID, "record.json", "{")
	if list, err := s.List(t.Context(), Filter{}); err != nil || len(list) != 2 {
		t.Fatalf("%d runs, %v", len(list), err)
	}
	n, err := s.Prune(t.Context(), []Run{before[1], {ID: "../runs"}, {ID: "gone-already"}})
	if n != 1 || err == nil || err.Error() != `"../runs" is no name for a run` {
		t.Errorf("%d removed, %v", n, err)
	}
	files, err := os.ReadDir(s.runs())
	if err != nil || len(files) != 1 || files[0].Name() != before[0].ID {
		t.Errorf("%v is left, %v", files, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.Prune(ctx, before[:1]); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %d, %v", n, err)
	}
}

package sample

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// Runs returns n records as a team would have after a while: two dozen services, each run a few hours after the one
// before up to the day of the samples, most of them passes. It is the same for the same n.
func Runs(n int) func(i int) judge.Record {
	kinds := []func() judge.Record{Passed, Passed, PaymentsDies, Passed, Late, Passed, Passed, Inconclusive, Passed, Passed, Aborted, Passed}
	classes := []string{"process.kill", "process.pause", "container.stop", "network.partition"}
	return func(i int) judge.Record {
		r := kinds[(i*7+i/24)%len(kinds)]()
		service := fmt.Sprintf("service-%02d", i%24)
		back := time.Duration(n-1-i) * 150 * time.Minute
		moved := -back.Round(time.Second)
		shift(&r, moved)
		r.Run.Service, r.Run.Scenario = service, service+"-dies"
		r.Run.ID = fmt.Sprintf("%s-%s-%04d", r.Started.UTC().Format("20060102-150405"), r.Run.Scenario, i%10000)
		for k := range r.Steps {
			for j := range r.Steps[k].Faults {
				r.Steps[k].Faults[j].Kind = classes[(i/24)%len(classes)]
			}
		}
		return r
	}
}

// shift moves every moment of a record.
func shift(r *judge.Record, by time.Duration) {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // the samples can be written
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	if text, err = json.Marshal(shifted(tree, by)); err != nil {
		panic(err)
	}
	*r = judge.Record{}
	if err := json.Unmarshal(text, r); err != nil {
		panic(err)
	}
}

func shifted(v any, by time.Duration) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = shifted(v[k], by)
		}
	case []any:
		for i := range v {
			v[i] = shifted(v[i], by)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.Add(by).Format(time.RFC3339Nano)
		}
	}
	return v
}

// Fill writes the records of Runs(n) into a state directory, as a run store keeps them.
func Fill(t testing.TB, state string, n int) {
	t.Helper()
	record := Runs(n)
	for i := range n {
		r := record(i)
		dir := filepath.Join(state, "runs", r.Run.ID)
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "record.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

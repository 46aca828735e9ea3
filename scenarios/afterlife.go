package scenarios

import (
	"path/filepath"

	"github.com/failurefriday/friday/attacks/journal"
	"github.com/failurefriday/friday/verify"
)

// ReadRun reads the history of a run at STATE/runs/ID/history.jsonl. Where the runner died before it could write the end,
// it adds what the journal knows and the history does not: the faults that the guard, or friday recover, has undone.
func ReadRun(path string) ([]verify.Event, error) {
	events, err := ReadHistory(path)
	if err != nil {
		return nil, err
	}
	begun := map[string]verify.Event{}
	var order []string
	for _, e := range events {
		switch e.Type {
		case verify.RunEnded:
			return events, nil
		case verify.FaultIntent, verify.FaultMade:
			if e.Fault == nil {
				continue
			}
			if _, known := begun[e.Fault.ID]; !known {
				order = append(order, e.Fault.ID)
			}
			begun[e.Fault.ID] = e
		case verify.FaultUndone:
			if e.Fault != nil {
				delete(begun, e.Fault.ID)
			}
		default:
		}
	}
	dir := filepath.Dir(path)
	settled, err := journal.Settled(filepath.Dir(filepath.Dir(dir)), filepath.Base(dir))
	if err != nil {
		return nil, err
	}
	for _, id := range order {
		made, open := begun[id]
		at, undone := settled[id]
		if open && undone {
			events = append(events, verify.Event{
				Seq: len(events) + 1, At: at, Type: verify.FaultUndone, Step: made.Step, Text: "after the runner's death", Fault: made.Fault,
			})
		}
	}
	return events, nil
}

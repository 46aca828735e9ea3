package reports

import (
	"encoding/json"
	"io"

	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

// JSON writes the records as they are, indented: one record as an object, several as an array in the given order.
func JSON(w io.Writer, records []judge.Record, _ ...todo.Item) error {
	if err := checkSome(records); err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if len(records) == 1 {
		return enc.Encode(records[0])
	}
	return enc.Encode(records)
}

package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Settled tells which changes of a run were seen not to be in force any more, and when, whoever settled them: the runner,
// its guard, or friday recover. What was forgotten on request is not among them. A run without a journal has none.
func Settled(state, run string) (map[string]time.Time, error) {
	data, err := os.ReadFile(settledPath(state, run))
	if errors.Is(err, fs.ErrNotExist) {
		data, err = os.ReadFile(OpenPath(state, run))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal: %w", err)
	}
	at := map[string]time.Time{}
	for raw := range bytes.Lines(data) {
		l, err := unseal(bytes.TrimSuffix(raw, []byte("\n")))
		if err == nil && l.Verb == settled && l.Error == "" {
			at[l.ID] = l.At
		}
	}
	return at, nil
}

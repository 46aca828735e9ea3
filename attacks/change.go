package attacks

import (
	"encoding/json"
	"fmt"
)

// NewChange makes a change whose undo is the JSON of a value.
func NewChange(kind, target string, undo any) (Change, error) {
	data, err := json.Marshal(undo)
	if err != nil {
		return Change{}, fmt.Errorf("cannot write the undo of %s: %w", target, err)
	}
	return Change{Kind: kind, Target: target, Undo: data}, nil
}

// ReadUndo is the value that NewChange was given.
func ReadUndo[T any](c Change) (T, error) {
	var undo T
	if err := json.Unmarshal(c.Undo, &undo); err != nil {
		return undo, fmt.Errorf("cannot read the undo of %s: %w", c.Target, err)
	}
	return undo, nil
}

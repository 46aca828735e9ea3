package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// word is what the halt file holds.
type word struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
}

func haltPath(state string) string { return filepath.Join(state, "halt") }

// leaveWord tells the run why it is to stop: the file is there whole before the signal is sent.
func leaveWord(o HaltOptions) error {
	data, err := json.Marshal(word{At: time.Now().UTC(), Reason: o.Reason, By: o.By})
	if err != nil {
		return err
	}
	fresh := haltPath(o.State) + ".new"
	if err := os.WriteFile(fresh, data, 0o600); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return os.Rename(fresh, haltPath(o.State))
}

// HaltReason tells who halted a run that began at the given time, and why. It is empty if nobody left word since.
func HaltReason(state string, since time.Time) (string, error) {
	data, err := os.ReadFile(haltPath(state))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot read why to stop: %w", err)
	}
	var w word
	if err := json.Unmarshal(data, &w); err != nil {
		return "", fmt.Errorf("cannot read why to stop (%s): %w", haltPath(state), err)
	}
	if w.At.Before(since) {
		return "", nil
	}
	if w.Reason == "" {
		return "halted by " + w.By, nil
	}
	return fmt.Sprintf("halted by %s: %s", w.By, w.Reason), nil
}

package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const journalDir, runsDir = "journal", "runs"

func openPath(state, run string) string { return filepath.Join(state, journalDir, run+".jsonl") }
func settledPath(state, run string) string {
	return filepath.Join(state, runsDir, run, "journal.jsonl")
}

// archive moves a settled journal into the folder of its run. One that is there already is fine.
func archive(state, run string) error {
	from, to := openPath(state, run), settledPath(state, run)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("cannot put the settled journal away: %w", err)
	}
	if err := os.Rename(from, to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot put the settled journal away: %w", err)
	}
	return errors.Join(syncDir(filepath.Dir(from)), syncDir(filepath.Dir(to)))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot sync a folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("cannot sync a folder: %w", err)
	}
	return nil
}

package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const journalDir, runsDir, suffix = "journal", "runs", ".jsonl"

// OpenPath is where the journal of a run lies while the run may owe something.
func OpenPath(state, run string) string { return filepath.Join(state, journalDir, run+suffix) }

func settledPath(state, run string) string {
	return filepath.Join(state, runsDir, run, "journal.jsonl")
}

// openRuns names the runs whose journals are open, oldest first.
func openRuns(state string) ([]string, error) {
	files, err := os.ReadDir(filepath.Join(state, journalDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look for journals: %w", err)
	}
	var runs []string
	for _, f := range files {
		if run, ok := strings.CutSuffix(f.Name(), suffix); ok {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// archive moves a settled journal into the folder of its run. One that is there already is fine.
func archive(state, run string) error {
	from, to := OpenPath(state, run), settledPath(state, run)
	if err := makeDir(filepath.Dir(to)); err != nil {
		return fmt.Errorf("cannot put the settled journal away: %w", err)
	}
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot put the settled journal away: %w", err)
	}
	return errors.Join(syncDir(filepath.Dir(from)), syncDir(filepath.Dir(to)))
}

// makeDir makes a folder and those above it, for the owner alone, so that they are there after a power failure.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	switch info, serr := os.Stat(dir); {
	case err == nil:
		return syncDir(filepath.Dir(dir))
	case serr == nil && info.IsDir():
		return nil
	case serr == nil:
		return fmt.Errorf("%s is not a folder", dir)
	default:
		return err
	}
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

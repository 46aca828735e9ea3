package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify/judge"
)

// Latest is the name of the newest run, wherever a run can be named.
const Latest = "latest"

// ErrNoRun is returned, wrapped, when no run is there by the given name.
var ErrNoRun = errors.New("no such run")

// Load returns the record of one run, named by its id, a beginning of the id that no other run has, "latest", or the
// path of a run's folder or of a record.json, from this state directory or another. A run with a history and no record
// is judged now; nothing is written.
func (s Store) Load(run string) (judge.Record, error) {
	dir, err := s.find(run)
	if err != nil {
		return judge.Record{}, err
	}
	return s.read(dir)
}

// find returns the path of the run's folder, or of its record.
func (s Store) find(run string) (string, error) {
	ids, err := s.ids()
	if err != nil {
		return "", err
	}
	if run == Latest {
		if len(ids) == 0 {
			return "", fmt.Errorf("%w: there are no runs in %s", ErrNoRun, s.runs())
		}
		return filepath.Join(s.runs(), s.newest(ids)), nil
	}
	if slices.Contains(ids, run) {
		return filepath.Join(s.runs(), run), nil
	}
	var matches []string
	for _, id := range ids {
		if run != "" && strings.HasPrefix(id, run) {
			matches = append(matches, id)
		}
	}
	switch _, err := os.Stat(run); {
	case len(matches) == 1:
		return filepath.Join(s.runs(), matches[0]), nil
	case len(matches) > 1:
		told := matches[:min(len(matches), 10)]
		if more := len(matches) - len(told); more > 0 {
			told = append(slices.Clone(told), fmt.Sprintf("and %d more", more))
		}
		return "", fmt.Errorf("%d runs begin with %q, write more of one:\n  %s", len(matches), run, strings.Join(told, "\n  "))
	case run != "" && err == nil:
		return run, nil
	}
	return "", fmt.Errorf("%w: %q; friday runs lists them", ErrNoRun, run)
}

// newest is the last of the runs that were started in the same second, which their ids do not tell.
func (s Store) newest(ids []string) string {
	const second = len("20060102-150405")
	n := 1
	for n < len(ids) && len(ids[0]) > second && strings.HasPrefix(ids[n], ids[0][:second]) {
		n++
	}
	best, started := ids[0], time.Time{}
	if n == 1 {
		return best
	}
	for _, id := range ids[:n] {
		if r, err := s.read(filepath.Join(s.runs(), id)); err == nil && r.Started.After(started) {
			best, started = id, r.Started
		}
	}
	return best
}

// ids are the names of all runs' folders, newest first: an id begins with the time.
func (s Store) ids() ([]string, error) {
	entries, err := os.ReadDir(s.runs())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot list the runs: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue // being removed, or somebody else's
		}
		if e.IsDir() || e.Type()&fs.ModeSymlink != 0 {
			ids = append(ids, e.Name())
		}
	}
	slices.Reverse(ids)
	return ids, nil
}

// read reads a record from a run's folder, or from the path of a file.
func (s Store) read(path string) (judge.Record, error) {
	info, err := os.Stat(path)
	if err != nil {
		return judge.Record{}, fmt.Errorf("cannot read the run: %w", err)
	}
	if !info.IsDir() {
		return readRecord(path)
	}
	record, err := readRecord(filepath.Join(path, recordFile))
	if !errors.Is(err, fs.ErrNotExist) {
		return record, err
	}
	events, err := s.ReadHistory(filepath.Join(path, historyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return judge.Record{}, fmt.Errorf("%s holds neither a %s nor a %s", path, recordFile, historyFile)
	}
	if err != nil {
		return judge.Record{}, err
	}
	if len(events) == 0 {
		return judge.Record{}, fmt.Errorf("%s is empty: the run died before it did anything, or has only just begun", filepath.Join(path, historyFile))
	}
	return s.Judge(events), nil
}

func readRecord(path string) (judge.Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return judge.Record{}, fmt.Errorf("cannot read the record: %w", err)
	}
	r, err := parseRecord(data)
	if bad := (*noRecord)(nil); errors.As(err, &bad) {
		if _, found := os.Stat(filepath.Join(filepath.Dir(path), historyFile)); found == nil {
			return judge.Record{}, fmt.Errorf("%s is damaged: %w; remove it, and the run is judged again from %s", path, bad.why, historyFile)
		}
	}
	if err != nil {
		return judge.Record{}, fmt.Errorf("%s %w", path, err)
	}
	return r, nil
}

// noRecord says that a text cannot be read as a record.
type noRecord struct{ why error }

func (n *noRecord) Error() string { return "is not the record of a run: " + n.why.Error() }

func (n *noRecord) Unwrap() error { return n.why }

// parseRecord reads a record. Its errors continue a sentence that begins with the name of the file.
func parseRecord(data []byte) (judge.Record, error) {
	// The version comes first: what a newer version means by its other fields is not known here.
	var made struct {
		Version int `json:"version"`
		Run     struct {
			Friday string `json:"friday"`
		} `json:"run"`
	}
	if err := json.Unmarshal(data, &made); err != nil {
		return judge.Record{}, &noRecord{err}
	}
	switch {
	case made.Version > judge.Version:
		return judge.Record{}, fmt.Errorf("is a record of version %d, written by friday %s; this friday reads up to version %d: use the newer one", made.Version, made.Run.Friday, judge.Version)
	case made.Version < 1:
		return judge.Record{}, errors.New("is not the record of a run: it has no version")
	}
	var r judge.Record
	if err := json.Unmarshal(data, &r); err != nil {
		return judge.Record{}, &noRecord{err}
	}
	return r, nil
}

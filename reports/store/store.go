package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/failurefriday/friday/internal/several"
	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// Store keeps the judged runs of a state directory, each in the folder runs/RUN-ID that its runner has made for the
// history. The files are the truth, and a folder may be copied to another machine; the index beside them is a copy.
type Store struct {
	Dir string // the state directory
	// Judge and ReadHistory judge a run that has a history and no record, because its runner died.
	Judge       func([]verify.Event) judge.Record
	ReadHistory func(path string) ([]verify.Event, error)
}

// The files of a run's folder.
const (
	recordFile  = "record.json"
	historyFile = "history.jsonl"
)

// Save writes the record and its reports (report.txt, report.md, report.html, junit.xml) into the folder of the run.
// Each file is replaced as a whole and is on disk when Save returns; none is ever half written. It may be called again
// for the same run. A report that cannot be rendered does not keep the record from being saved.
func (s Store) Save(r judge.Record) error {
	if !plainName(r.Run.ID) {
		return fmt.Errorf("cannot save a run with the id %q: it is no name for a folder", r.Run.ID)
	}
	dir := filepath.Join(s.runs(), r.Run.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of the run: %w", err)
	}
	errs := several.New()
	staged := map[string]string{} // by the name that each will have
	for _, f := range reports.Formats() {
		temp, err := stage(dir, f, r)
		if err != nil {
			errs = multierror.Append(errs, fmt.Errorf("cannot save %s: %w", fileOf(f), err))
			continue
		}
		staged[filepath.Join(dir, fileOf(f))] = temp
	}
	for path, temp := range staged {
		if err := os.Rename(temp, path); err != nil {
			errs = multierror.Append(errs, errors.Join(fmt.Errorf("cannot save %s: %w", path, err), os.Remove(temp)))
		}
	}
	if err := syncDir(dir); err != nil {
		errs = multierror.Append(errs, err)
	}
	return errs.ErrorOrNil()
}

// fileOf is the name of the file that a format is stored in.
func fileOf(f reports.Format) string {
	switch f.Name {
	case "json":
		return recordFile
	case "junit":
		return "junit" + f.Ext
	default:
		return "report" + f.Ext
	}
}

// stage renders r and brings it to disk beside the file that it will replace.
func stage(dir string, f reports.Format, r judge.Record) (temp string, err error) {
	var text bytes.Buffer
	if err := f.Render(&text, []judge.Record{r}); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, fileOf(f)+".*.new")
	if err != nil {
		return "", err
	}
	_, err = file.Write(text.Bytes())
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot bring the run's folder to disk: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("cannot bring the run's folder to disk: %w", err)
	}
	return nil
}

func (s Store) runs() string { return filepath.Join(s.Dir, "runs") }

// plainName reports whether id can name a folder and nothing else.
func plainName(id string) bool {
	return id != "" && id != "." && id != ".." && !strings.ContainsAny(id, "/\\\x00")
}

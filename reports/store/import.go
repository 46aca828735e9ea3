package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/failurefriday/friday/verify/judge"
)

// Imported is what became of one run.
type Imported struct {
	From string // where it was found
	ID   string // empty where it could not be read
	Here bool   // the same run was here already, so nothing was done
	Err  error  // why it was not taken in
}

// Import takes in runs from other machines. A path is the folder of a run, a record.json, a folder somewhere below which
// such lie, or a .zip, .tar, .tar.gz or .tgz of these. Of a run its record is taken and, where they lie beside it, its
// history and its settled journal; the reports are rendered anew. A run that is here already is left as it is: the same
// record is no error, another one is. What an archive holds is not trusted: names that lead out, links, and more than a
// bounded size are refused. Every run is taken in as a whole or not at all, and what is wrong with one keeps no other out.
func (s Store) Import(paths []string) []Imported {
	s.sweepImports()
	var all []Imported
	for _, path := range paths {
		found, err := s.importPath(path)
		if err == nil && len(found) == 0 {
			err = errors.New("there is no record.json in it; archives that lie in it are not opened: name them")
		}
		all = append(all, found...)
		if err != nil {
			all = append(all, Imported{From: path, Err: err})
		}
	}
	return all
}

func (s Store) importPath(path string) ([]Imported, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, errors.Unwrap(err) // the path is told anyway
	case info.IsDir():
		dir, err := filepath.EvalSymlinks(path) // a walk follows no link, also not the first
		if err != nil {
			return nil, err
		}
		return s.importBelow(dir, path), nil
	case isArchive(path):
		return s.importArchive(path)
	default:
		beside := ""
		if filepath.Base(path) == recordFile {
			beside = filepath.Dir(path)
		}
		return []Imported{s.importRecord(path, path, beside)}, nil
	}
}

func (s Store) importArchive(path string) (all []Imported, err error) {
	dir, err := s.aside()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	refused := unpack(path, dir)
	return append(s.importBelow(dir, path), refused...), nil
}

// importBelow takes in every run below dir, which is told as from.
func (s Store) importBelow(dir, from string) (all []Imported) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error { // it fails with what this returns
		below, _ := filepath.Rel(dir, path) // it is below
		told := filepath.Join(from, below)
		switch {
		case err != nil:
			all = append(all, Imported{From: told, Err: bare(err)})
			return nil
		case e.IsDir() && path != dir && (strings.HasPrefix(e.Name(), prunedMark) || strings.HasPrefix(e.Name(), importMark)):
			return filepath.SkipDir // no runs any more, and no runs yet
		case !e.Type().IsRegular():
			return nil
		}
		switch e.Name() {
		case recordFile:
			all = append(all, s.importRecord(path, told, filepath.Dir(path)))
		case historyFile:
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), recordFile)); errors.Is(err, fs.ErrNotExist) {
				all = append(all, Imported{From: told, Err: errors.New("it has a history and no record: its runner died; friday report --format json -o record.json judges it where it ran")})
			}
		}
		return nil
	})
	return all
}

// importName fits what runners make, and nothing that could lead anywhere.
var importName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$`)

// importRecord takes in one run; dir is where the files beside its record lie, if anywhere.
func (s Store) importRecord(path, told, dir string) Imported {
	i := Imported{From: told}
	data, err := readBounded(path)
	if err != nil {
		i.Err = bare(err)
		return i
	}
	if bytes.Count(data, []byte(",")) > mostValues {
		i.Err = fmt.Errorf("it holds more than %d values, and no run so many", mostValues)
		return i
	}
	r, err := parseRecord(data)
	if err != nil {
		i.Err = fmt.Errorf("it %w", err)
		return i
	}
	i.ID = r.Run.ID
	if !importName.MatchString(i.ID) {
		i.Err = fmt.Errorf("its id %q is no name for a run", i.ID)
		return i
	}
	i.Here, i.Err = s.here(r)
	if !i.Here && i.Err == nil {
		i.Err = s.take(r, dir)
	}
	return i
}

// here reports whether the run is here already.
func (s Store) here(r judge.Record) (bool, error) {
	dir := filepath.Join(s.runs(), r.Run.ID)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	have, err := readRecord(filepath.Join(dir, recordFile))
	if err != nil {
		return false, fmt.Errorf("there is a run %s here which cannot be compared: %w", r.Run.ID, err)
	}
	a, err := json.Marshal(r)
	b, err2 := json.Marshal(have)
	if err := errors.Join(err, err2); err != nil {
		return false, err
	}
	if !bytes.Equal(a, b) {
		return false, fmt.Errorf("there is another record of run %s here; it was not changed: remove one of them", r.Run.ID)
	}
	return true, nil
}

// take saves a run beside the others and then moves it among them.
func (s Store) take(r judge.Record, from string) (err error) {
	if err := os.MkdirAll(s.runs(), 0o700); err != nil {
		return err
	}
	beside, err := s.aside()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(beside)) }()
	aside := Store{Dir: beside}
	if err := aside.Save(r); err != nil {
		return err
	}
	made := filepath.Join(aside.runs(), r.Run.ID)
	for _, name := range []string{historyFile, journalFile} {
		if from == "" {
			break
		}
		if err := copyFile(filepath.Join(made, name), filepath.Join(from, name)); err != nil {
			return err
		}
	}
	if err := syncDir(made); err != nil {
		return err
	}
	if err := os.Rename(made, filepath.Join(s.runs(), r.Run.ID)); err != nil {
		return fmt.Errorf("cannot put the run among the others: %w", err)
	}
	return syncDir(s.runs())
}

// copyFile copies a regular file, if there is one, and brings it to disk.
func copyFile(to, from string) error {
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	data, err := readBounded(from)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(from), bare(err))
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// archives are the endings of what can be unpacked.
var archives = []string{".zip", ".tar", ".tar.gz", ".tgz"}

func isArchive(path string) bool {
	return slices.ContainsFunc(archives, func(end string) bool { return strings.HasSuffix(strings.ToLower(path), end) })
}

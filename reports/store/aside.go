package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// importMark begins the name of a folder in which an import puts together what is not there yet.
const importMark = ".import-"

// aside makes a folder on the file system of the runs, so that what is complete can be moved among them.
func (s Store) aside() (string, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(s.Dir, importMark)
}

// forgotten is how old a folder is whose import cannot be at it any more.
const forgotten = 24 * time.Hour

// sweepImports removes what imports have left that were killed. What cannot be removed is in nobody's way.
func (s Store) sweepImports() {
	entries, _ := os.ReadDir(s.Dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && strings.HasPrefix(e.Name(), importMark) && time.Since(info.ModTime()) > forgotten {
			_ = os.RemoveAll(filepath.Join(s.Dir, e.Name()))
		}
	}
}

// readBounded reads a file that may be anything.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > largest {
		return nil, fmt.Errorf("it is larger than %d MiB", largest>>20)
	}
	return data, nil
}

// bare is an error without the path, which is told anyway, or means nothing to anybody.
func bare(err error) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}

package store

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of what is unpacked: no run comes near them, and no archive can fill a disk.
const (
	largest    = 64 << 20  // bytes of one file
	mostValues = 1_000_000 // in a record, however short: each takes many times as much when it is read and rendered
	altogether = 2 << 30   // bytes of all files of an archive
	mostFiles  = 100_000
)

// journalFile is the name of the settled journal in a run's folder.
const journalFile = "journal.jsonl"

// unpacker takes the files of runs, and nothing else, out of an archive.
type unpacker struct {
	from, to string
	left     int64 // bytes that may still come
	files    int
	refused  []Imported
}

var errTooMuch = fmt.Errorf("it holds more than %d GiB or %d files: the rest was left out", altogether>>30, mostFiles)

// unpack writes the files of runs in an archive below the folder to. What is refused is returned.
func unpack(from, to string) []Imported {
	u := &unpacker{from: from, to: to, left: altogether}
	var err error
	if strings.HasSuffix(strings.ToLower(from), ".zip") {
		err = u.zip()
	} else {
		err = u.tar()
	}
	if err != nil {
		u.refused = append(u.refused, Imported{From: from, Err: fmt.Errorf("it cannot be unpacked as a whole: %w", err)})
	}
	return u.refused
}

func (u *unpacker) zip() error {
	z, err := zip.OpenReader(u.from)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		open := func() (io.ReadCloser, error) { return f.Open() }
		if err := u.file(f.Name, f.Mode(), open); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) tar() error {
	f, err := os.Open(u.from)
	if err != nil {
		return err
	}
	defer f.Close()
	in := io.Reader(f)
	if !strings.HasSuffix(strings.ToLower(u.from), ".tar") {
		g, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		in = &bounded{g, 2 * altogether} // also what is skipped costs time
	}
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return err
		}
		mode := h.FileInfo().Mode()
		if h.Typeflag == tar.TypeLink {
			mode |= os.ModeSymlink // a hard link leads elsewhere as well
		}
		if err := u.file(h.Name, mode, func() (io.ReadCloser, error) { return io.NopCloser(t), nil }); err != nil {
			return err
		}
	}
}

// file takes one file, if it is one of a run's. The error means that no more can come; what is wrong with one file is told,
// and keeps no other out.
func (u *unpacker) file(name string, mode os.FileMode, open func() (io.ReadCloser, error)) error {
	if u.files++; u.files > mostFiles {
		return errTooMuch
	}
	at := strings.ReplaceAll(name, `\`, "/") // some Windows programs write zip files like that
	if !slices.Contains([]string{recordFile, historyFile, journalFile}, path.Base(at)) || mode.IsDir() {
		return nil
	}
	err := errors.New("it is no regular file")
	switch {
	case !filepath.IsLocal(at):
		err = errors.New("its name leads out of the archive")
	case mode.IsRegular():
		err = u.take(filepath.Join(u.to, filepath.FromSlash(at)), open)
	}
	if err != nil && !errors.Is(err, errTooMuch) {
		u.refused = append(u.refused, Imported{From: u.from + "/" + name, Err: err})
		return nil
	}
	return err
}

// take writes what can be read, within bounds, to a new file.
func (u *unpacker) take(to string, open func() (io.ReadCloser, error)) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, min(largest, u.left)+1))
	switch u.left -= int64(len(data)); {
	case u.left < 0:
		return errTooMuch
	case err != nil:
		return err
	case len(data) > largest:
		return fmt.Errorf("it is larger than %d MiB", largest>>20)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return bare(err)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errors.New("it is in the archive twice")
	}
	if err != nil {
		return bare(err)
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// bounded fails once too much has been read.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooMuch
	}
	return n, err
}

package site

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
)

// markerFile says that a folder is a site, and which of its files are ours.
const markerFile = ".friday-site"

// tempPrefix begins the names of files that are not complete.
const tempPrefix = ".friday-tmp-"

// forReaders is the mode of the folders that we make, whatever the umask: a site is made to be read.
const forReaders fs.FileMode = 0o755

// folder is a site on disk, while it is written. Nothing outside of it can be reached, whatever a link in it says.
type folder struct {
	root  *os.Root
	lock  *os.File
	there map[string]bool   // files when it was opened
	old   map[string]string // our files then, with the stamp of what each was made from

	mu   sync.Mutex
	ours map[string]string // our files now
	done Result
	errs []error
}

// marker is what markerFile holds. An empty one stands for a site with no file.
type marker struct {
	Version int               `json:"version"`
	Files   map[string]string `json:"files"`
}

// markerVersion is that of the marker's shape.
const markerVersion = 1

func open(dir string) (*folder, error) {
	if _, err := os.Stat(dir); err != nil {
		if err = os.MkdirAll(dir, forReaders); err == nil {
			err = os.Chmod(dir, forReaders)
		}
		if err != nil {
			return nil, fmt.Errorf("cannot make the folder of the site: %w", err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder of the site: %w", err)
	}
	f := &folder{root: root, there: map[string]bool{}, ours: map[string]string{}}
	if err := f.read(dir); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *folder) read(dir string) error {
	var err error
	if f.lock, err = f.root.Open("."); err != nil {
		return fmt.Errorf("cannot open the folder of the site: %w", err)
	}
	err = syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("another friday is writing the site in %s: wait for it", dir)
	}
	if err != nil {
		return fmt.Errorf("cannot lock %s: %w", dir, err)
	}
	if err := f.look("."); err != nil {
		return err
	}
	if f.there[runFolder] {
		if err := f.look(runFolder); err != nil {
			return err
		}
	}
	return f.readMarker(dir)
}

// look notes which files are there, and takes away what a run that died has left.
func (f *folder) look(below string) error {
	list, err := fs.ReadDir(f.root.FS(), below)
	if err != nil {
		return fmt.Errorf("cannot read the folder of the site: %w", err)
	}
	for _, e := range list {
		name := path.Join(below, e.Name())
		if strings.HasPrefix(e.Name(), tempPrefix) && e.Type().IsRegular() {
			_ = f.root.Remove(name) // litter that stays harms nobody
			continue
		}
		f.there[name] = true
	}
	return nil
}

func (f *folder) readMarker(dir string) error {
	if len(f.there) == 0 {
		return nil
	}
	data, err := f.root.ReadFile(markerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not empty and no site of Friday's: choose another folder or, if Friday may write into this one, make an empty file %s in it", dir, markerFile)
	}
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", markerFile, err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("%s/%s is damaged, so that nobody knows which files are Friday's: %w; write the site into another folder", dir, markerFile, err)
	}
	if m.Version > markerVersion {
		return fmt.Errorf("the site in %s was written by a newer friday: use that one", dir)
	}
	f.old = m.Files
	return nil
}

// claim notes on disk which files will be ours before the first is written. One that is there and not ours is an error.
func (f *folder) claim(names []string) error {
	fresh, foreign := false, []error(nil)
	claimed := marker{markerVersion, maps.Clone(f.old)}
	if claimed.Files == nil {
		claimed.Files = map[string]string{}
	}
	for _, name := range names {
		_, ours := f.old[name]
		if f.there[name] && !ours {
			foreign = append(foreign, fmt.Errorf("%s is not Friday's and would be overwritten: move it away", name))
		}
		if !ours {
			claimed.Files[name], fresh = "", true
		}
	}
	if len(foreign) > 0 {
		return errors.Join(foreign...)
	}
	if fresh {
		if err := f.writeMarker(claimed); err != nil {
			return err
		}
	}
	return f.makeRuns()
}

// makeRuns makes the folder of the runs if it is not there: nobody has, or somebody took it away, as git does with one that
// is empty.
func (f *folder) makeRuns() error {
	if f.there[runFolder] {
		return nil
	}
	err := f.root.Mkdir(runFolder, forReaders)
	if err == nil {
		err = f.root.Chmod(runFolder, forReaders)
	}
	if err != nil {
		return fmt.Errorf("cannot make the folder of the runs: %w", err)
	}
	return nil
}

func (f *folder) writeMarker(m marker) error {
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return f.replace(markerFile, append(data, '\n'))
}

// own notes that a file is part of the site, made from what the stamp says.
func (f *folder) own(name, stamp string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ours[name] = stamp
}

// fresh reports whether a file is there and was made from just that.
func (f *folder) fresh(name, stamp string) bool {
	return f.there[name] && stamp != "" && f.old[name] == stamp
}

func (f *folder) same() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done.Same++
}

func (f *folder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

// page writes a file unless it is there with just that content.
func (f *folder) page(name string, render func() ([]byte, error)) {
	f.own(name, "")
	data, err := render()
	if err != nil {
		f.fail(fmt.Errorf("cannot write %s: %w", name, err))
		return
	}
	if f.there[name] {
		if is, err := f.root.ReadFile(name); err == nil && bytes.Equal(is, data) {
			f.same()
			return
		}
	}
	f.put(name, data)
}

// put writes a file and counts it.
func (f *folder) put(name string, data []byte) {
	if err := f.replace(name, data); err != nil {
		f.fail(err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done.Written++
}

// replace writes a file that whoever reads it sees as it was or as it is, never in between.
func (f *folder) replace(name string, data []byte) error {
	temp := path.Join(path.Dir(name), tempPrefix+rand.Text())
	file, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	_, err = file.Write(data)
	// Whatever the umask, as with the folders.
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err == nil {
		err = f.root.Rename(temp, name)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, errors.Join(err, f.root.Remove(temp)))
	}
	return nil
}

// prune removes our files that are no longer part of the site.
func (f *folder) prune() {
	for name := range f.old {
		if _, kept := f.ours[name]; kept {
			continue
		}
		err := f.root.Remove(name)
		switch {
		case err == nil:
			f.done.Removed++
		case !errors.Is(err, fs.ErrNotExist):
			f.ours[name] = f.old[name] // it stays ours
			f.fail(fmt.Errorf("cannot remove %s: %w", name, err))
		}
	}
}

// finish notes which files are ours, and returns all that went wrong.
func (f *folder) finish() error {
	if !maps.Equal(f.old, f.ours) || !f.there[markerFile] {
		if err := f.writeMarker(marker{markerVersion, f.ours}); err != nil {
			f.fail(err)
		}
	}
	return errors.Join(f.errs...)
}

func (f *folder) close() {
	if f.lock != nil {
		_ = f.lock.Close() // which drops the lock
	}
	_ = f.root.Close()
}

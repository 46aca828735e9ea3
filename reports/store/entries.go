package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/failurefriday/friday/reports/digest"
)

// entry is a run as the list and the filters need it.
type entry struct {
	Run
	is     stamp
	n      int64       // of its digest in the index
	digest *digest.Run // of one that was read just now
}

// stamp tells the versions of a run's record apart. The zero stamp is that of a run without one. Size and time alone do not
// do: who copies a record over another may keep its time, but nobody can keep when the file was changed.
type stamp struct{ size, mtime, changed int64 }

// view is the runs as they are now, newest first, with the index that holds the digests of those that were not read just
// now; without an index, all were.
type view struct {
	entries []entry
	x       *index
	why     error // why there is no index
}

func (v view) close() error { return v.x.close() }

// look brings the index up to date and returns what is there. The index is a copy: where it cannot be read it is made
// anew, and where it cannot be made, the runs are read from their files, which takes longer and says the same.
func (s Store) look(ctx context.Context) (view, error) {
	if _, err := os.Stat(s.index()); err != nil {
		if ids, err := s.ids(); err != nil || len(ids) == 0 {
			return view{}, err // nothing to index
		}
	}
	var why error
	for range 3 {
		v, err := s.indexed(ctx)
		if err == nil || ctx.Err() != nil {
			v.entries = s.there(v.entries)
			return v, err
		}
		if why = err; !s.mended(err) {
			break
		}
	}
	ids, err := s.ids()
	if err != nil {
		return view{}, err
	}
	return view{entries: s.there(s.readAll(ctx, ids, s.stamps(ids))), why: why}, ctx.Err()
}

// there leaves out what was removed between listing and reading: it is no run that cannot be read, but none any more.
func (s Store) there(entries []entry) []entry {
	return slices.DeleteFunc(entries, func(e entry) bool {
		if e.Error == "" {
			return false
		}
		_, err := os.Lstat(filepath.Join(s.runs(), e.ID))
		return errors.Is(err, fs.ErrNotExist)
	})
}

// mended reports whether another try may succeed: the index was removed by somebody, or is of no use and was removed here.
func (s Store) mended(err error) bool {
	var said *sqlite.Error
	if !errors.As(err, &said) {
		return !errors.As(err, new(*fs.PathError)) && removeIndex(s.index()) == nil // what it holds makes no sense
	}
	switch said.Code() & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR:
		_, err := os.Stat(s.index())
		return errors.Is(err, fs.ErrNotExist) || said.Code() == sqlite3.SQLITE_READONLY_DBMOVED
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return false
	}
	return removeIndex(s.index()) == nil
}

// indexed is look by way of the index alone.
func (s Store) indexed(ctx context.Context) (view, error) {
	x, err := openIndex(ctx, s.index())
	if err != nil {
		return view{}, err
	}
	v, err := s.refresh(ctx, x)
	if err != nil {
		return view{}, errors.Join(err, x.close())
	}
	return v, nil
}

func (s Store) refresh(ctx context.Context, x *index) (view, error) {
	var known map[string]entry
	var unknown error
	var both sync.WaitGroup
	both.Go(func() { known, unknown = x.lines(ctx) })
	ids, err := s.ids()
	stamps := s.stamps(ids)
	both.Wait()
	if err := errors.Join(err, unknown); err != nil {
		return view{}, err
	}
	v := view{entries: make([]entry, len(ids)), x: x}
	var stale []int // in entries
	for i, id := range ids {
		if e, ok := known[id]; ok && e.is == stamps[i] {
			v.entries[i] = e
		} else {
			stale = append(stale, i)
		}
		if stamps[i] != (stamp{}) {
			delete(known, id)
		}
	}
	return v, s.renew(ctx, v, ids, stamps, stale, known)
}

// batch is how many runs are read between two writes: a reindex that is stopped keeps what it has, and nobody waits long.
const batch = 500

// renew reads the runs that are stale, and keeps those that have a record; gone are dropped.
func (s Store) renew(ctx context.Context, v view, ids []string, stamps []stamp, stale []int, gone map[string]entry) error {
	var drop []int64
	for _, e := range gone {
		drop = append(drop, e.n)
	}
	for len(stale) > 0 || len(drop) > 0 {
		now := stale[:min(batch, len(stale))]
		stale = stale[len(now):]
		names, is := make([]string, len(now)), make([]stamp, len(now))
		for k, i := range now {
			names[k], is[k] = ids[i], stamps[i]
		}
		read := s.readAll(ctx, names, is)
		if err := ctx.Err(); err != nil {
			return err
		}
		var keep []entry
		var at []int
		for k, i := range now {
			v.entries[i] = read[k]
			if read[k].Error == "" && is[k] != (stamp{}) && read[k].exact() {
				keep, at = append(keep, read[k]), append(at, i)
			}
		}
		if len(keep) > 0 || len(drop) > 0 {
			if err := v.x.update(ctx, keep, drop); err != nil {
				return err
			}
		}
		for k, i := range at {
			v.entries[i] = keep[k]
			v.entries[i].digest = nil // it would be in memory for all of thousands
		}
		drop = nil
	}
	return nil
}

// readAll reads runs from their files, several at a time.
func (s Store) readAll(ctx context.Context, ids []string, is []stamp) []entry {
	read := make([]entry, len(ids))
	each(len(ids), func(i int) {
		if ctx.Err() == nil {
			read[i] = s.entry(ids[i], is[i])
		}
	})
	return read
}

func (s Store) entry(id string, is stamp) entry {
	r, err := s.read(filepath.Join(s.runs(), id))
	if err != nil {
		return entry{Run: Run{ID: id, Error: err.Error()}, is: is}
	}
	d := digest.Of(r)
	d.ID = id // a run is called by its folder
	return entry{Run: Run{
		ID: id, Scenario: d.Scenario, Service: d.Service, Environment: d.Environment, Verdict: d.Verdict, Restored: d.Restored, Control: d.Control,
		Started: d.Started.UTC(), Finished: d.Finished.UTC(),
	}, is: is, digest: &d}
}

// exact reports whether the index can hold the run as it is: a folder's name may be no text, and a clock may say the year
// 9999. What cannot be held is read from its files each time.
func (e entry) exact() bool {
	return utf8.ValidString(e.ID) && moment(number(e.Started)).Equal(e.Started) && moment(number(e.Finished)).Equal(e.Finished)
}

// stamps looks at the records of all runs.
func (s Store) stamps(ids []string) []stamp {
	all := make([]stamp, len(ids))
	each(len(ids), func(i int) {
		info, err := os.Stat(filepath.Join(s.runs(), ids[i], recordFile))
		if errors.Is(err, fs.ErrNotExist) {
			return // it is judged from its history
		}
		all[i] = stamp{size: -1} // fits nothing, so it is read, and says what is wrong
		if err == nil {
			all[i] = stamp{info.Size(), info.ModTime().UnixNano(), changed(info)}
		}
	})
	return all
}

// each calls do with 0 to n-1, several at a time.
func each(n int, do func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(n, 2*runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

func (s Store) index() string { return filepath.Join(s.Dir, IndexFile) }

// fitting returns the entries that are meant, and apart those that cannot be read, which fit every filter.
func (v view) fitting(f Filter) (meant, unread []entry) {
	for _, e := range v.entries {
		switch {
		case e.Error != "":
			unread = append(unread, e)
		case f.fits(e.Run):
			meant = append(meant, e)
		}
	}
	return meant, unread
}

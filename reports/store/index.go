package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// IndexFile is the name of the index in the state directory. It may be removed at any time.
const IndexFile = "index.sqlite"

// shape is the version of the tables.
const shape = 3

// tables: the lines of the list are read all at once, so what is long stands elsewhere. A sum is over the rest of its row.
const tables = `
CREATE TABLE runs (
	n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime INTEGER NOT NULL, changed INTEGER NOT NULL,
	scenario TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, verdict TEXT NOT NULL,
	restored INTEGER NOT NULL, control INTEGER NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE digests (n INTEGER PRIMARY KEY, digest BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;
`

// edition is another one whenever an index of before says something else than one that is made now.
func edition() int { return shape<<20 | judge.Version<<10 | digest.Version }

// index is the copy, in a database, of what the records say. It holds runs with a record only: how a run without one is to
// be judged may change without a change in its folder.
type index struct{ db *sql.DB }

// openIndex opens the index in a file, or makes it. An index of another edition is emptied.
func openIndex(ctx context.Context, path string) (*index, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// A rollback journal, and not a write-ahead log: what belongs together is one file, which can be removed under a reader.
	name := "file:" + (&url.URL{Path: absolute}).EscapedPath() + "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)"
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	x := &index{db}
	if err := x.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

func (x *index) prepare(ctx context.Context) error {
	if is, err := x.edition(ctx); err != nil || is == edition() {
		return err
	}
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it does nothing after the commit
	var is int          // again: another process may have been quicker
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&is); err != nil || is == edition() {
		return err
	}
	script := "DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS digests;" + tables + fmt.Sprintf("PRAGMA user_version = %d", edition())
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return err
	}
	return tx.Commit()
}

func (x *index) edition(ctx context.Context) (is int, err error) {
	return is, x.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&is)
}

func (x *index) close() error {
	if x == nil {
		return nil
	}
	return x.db.Close()
}

// lines returns all runs by id.
func (x *index) lines(ctx context.Context) (map[string]entry, error) {
	rows, err := x.db.QueryContext(ctx, "SELECT n, id, size, mtime, changed, scenario, service, environment, verdict, restored, control, started, finished, sum FROM runs")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	known := map[string]entry{}
	for rows.Next() {
		var e entry
		var verdict sql.RawBytes
		var started, finished, sum int64
		err := rows.Scan(&e.n, &e.ID, &e.is.size, &e.is.mtime, &e.is.changed, &e.Scenario, &e.Service, &e.Environment, &verdict, &e.Restored, &e.Control, &started, &finished, &sum)
		if err != nil {
			return nil, err
		}
		if err := e.Verdict.UnmarshalText(verdict); err != nil {
			return nil, err
		}
		e.Started, e.Finished = moment(started), moment(finished)
		if e.sum() != sum {
			return nil, errRotten
		}
		known[e.ID] = e
	}
	return known, rows.Err()
}

// digests calls got with the digest of every run whose number is in the range.
func (x *index) digests(ctx context.Context, from, to int64, got func(n int64, text []byte)) error {
	rows, err := x.db.QueryContext(ctx, "SELECT n, digest, sum FROM digests WHERE n BETWEEN ? AND ?", from, to)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var n, sum int64
		var text []byte
		if err := rows.Scan(&n, &text, &sum); err != nil {
			return err
		}
		if int64(crc32.ChecksumIEEE(text)) != sum {
			return errRotten
		}
		got(n, text)
	}
	return rows.Err()
}

// update takes in what was read and drops what is gone.
func (x *index) update(ctx context.Context, read []entry, gone []int64) error {
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it does nothing after the commit
	for _, n := range gone {
		for _, table := range []string{"runs", "digests"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE n = ?", n); err != nil {
				return err
			}
		}
	}
	line, err := tx.PrepareContext(ctx, `INSERT INTO runs (id, size, mtime, changed, scenario, service, environment, verdict, restored, control, started, finished, sum)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET (size, mtime, changed, scenario, service, environment, verdict, restored, control, started, finished, sum) =
		(excluded.size, excluded.mtime, excluded.changed, excluded.scenario, excluded.service, excluded.environment, excluded.verdict, excluded.restored, excluded.control, excluded.started, excluded.finished, excluded.sum)
		RETURNING n`)
	if err != nil {
		return err
	}
	long, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO digests (n, digest, sum) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for i := range read {
		e := &read[i]
		text, err := json.Marshal(e.digest)
		if err != nil {
			return err
		}
		err = line.QueryRowContext(ctx, e.ID, e.is.size, e.is.mtime, e.is.changed, e.Scenario, e.Service, e.Environment, e.Verdict.String(), e.Restored, e.Control, number(e.Started), number(e.Finished), e.sum()).Scan(&e.n)
		if err != nil {
			return err
		}
		if _, err := long.ExecContext(ctx, e.n, text, int64(crc32.ChecksumIEEE(text))); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// errRotten: SQLite notices pages that make no sense, but not a letter that has become another.
var errRotten = errors.New("the index is not as it was written")

// sum is the checksum of a row.
func (e entry) sum() int64 {
	row := make([]byte, 0, 256)
	for _, text := range []string{e.ID, e.Scenario, e.Service, e.Environment, e.Verdict.String()} {
		row = append(append(row, text...), 0)
	}
	for _, n := range []int64{e.is.size, e.is.mtime, e.is.changed, number(e.Started), number(e.Finished)} {
		row = binary.LittleEndian.AppendUint64(row, uint64(n))
	}
	row = strconv.AppendBool(strconv.AppendBool(row, e.Restored), e.Control)
	return int64(crc32.ChecksumIEEE(row))
}

// removeIndex removes the index with what a writer that died may have left beside it.
func removeIndex(path string) error {
	var all []error
	for _, name := range []string{path, path + "-journal", path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// A moment is kept as nanoseconds since 1970; 0 is the zero time.
func number(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/verify/judge"
)

// Filter says which runs are meant. The zero Filter means all.
type Filter struct {
	Since, Until time.Time // started at or after Since, and before Until; zero does not bound
	Scenario     string
	Service      string
	Environment  string
	Failed       bool // only those that are no PASS
}

func (f Filter) fits(r Run) bool {
	switch {
	case !f.Since.IsZero() && r.Started.Before(f.Since), !f.Until.IsZero() && !r.Started.Before(f.Until):
		return false
	case f.Scenario != "" && f.Scenario != r.Scenario, f.Service != "" && f.Service != r.Service:
		return false
	case f.Environment != "" && f.Environment != r.Environment:
		return false
	}
	return !f.Failed || r.Verdict != judge.Pass
}

// Digests returns the digests of the runs that are meant, oldest first. Runs that cannot be read are in unread, each with
// its Error, whatever the filter: what they were is not known. The error means that there is no answer at all.
//
// Digests and List bring the index up to date, and may be called at the same time in any number of processes.
func (s Store) Digests(ctx context.Context, f Filter) (runs []digest.Run, unread []Run, err error) {
	var meant, cannot []entry
	for range 2 { // another process may change the index between the look and the reading; twice in a row, it is broken
		v, err := s.look(ctx)
		if err != nil {
			return nil, nil, err
		}
		meant, cannot = v.fitting(f)
		slices.Reverse(meant)
		slices.Reverse(cannot)
		runs, err = v.load(ctx, meant)
		_ = v.close() // it was only read from
		if err == nil {
			return runs, lines(cannot), nil
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
	}
	_ = removeIndex(s.index()) // the next one makes it anew
	meant, err = s.readAgain(ctx, meant)
	for _, e := range meant {
		if e.Error == "" {
			runs = append(runs, *e.digest)
		} else {
			cannot = append(cannot, e)
		}
	}
	return runs, lines(cannot), err
}

func lines(entries []entry) (runs []Run) {
	for _, e := range entries {
		runs = append(runs, e.Run)
	}
	return runs
}

// readAgain reads entries from their files.
func (s Store) readAgain(ctx context.Context, entries []entry) ([]entry, error) {
	ids, is := make([]string, len(entries)), make([]stamp, len(entries))
	for i, e := range entries {
		ids[i], is[i] = e.ID, e.is
	}
	return s.there(s.readAll(ctx, ids, is)), ctx.Err()
}

// load returns the digests of entries, which are some of the view's, in their order.
func (v view) load(ctx context.Context, entries []entry) ([]digest.Run, error) {
	runs := make([]digest.Run, len(entries))
	at := map[int64]int{}
	for i, e := range entries {
		if e.digest != nil {
			runs[i] = *e.digest
		} else {
			at[e.n] = i
		}
	}
	if err := v.decode(ctx, at, runs); err != nil {
		return nil, err
	}
	for i := range runs {
		if runs[i].ID != entries[i].ID { // another process has changed the index meanwhile
			return nil, fmt.Errorf("the index holds no digest of %s", entries[i].ID)
		}
	}
	return runs, nil
}

// decode reads the digests with these numbers, each to its place.
func (v view) decode(ctx context.Context, at map[int64]int, runs []digest.Run) error {
	if len(at) == 0 {
		return nil
	}
	from, to := int64(-1), int64(-1)
	for n := range at {
		if from < 0 || n < from {
			from = n
		}
		to = max(to, n)
	}
	type row struct {
		i    int
		text []byte
	}
	rows := make(chan row, 64)
	var all sync.WaitGroup
	var once sync.Once
	var bad error
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for r := range rows {
				if err := json.Unmarshal(r.text, &runs[r.i]); err != nil {
					once.Do(func() { bad = err })
				}
			}
		})
	}
	err := v.x.digests(ctx, from, to, func(n int64, text []byte) {
		if i, ok := at[n]; ok {
			rows <- row{i, text}
		}
	})
	close(rows)
	all.Wait()
	if err != nil {
		return err
	}
	return bad
}

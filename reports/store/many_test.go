package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// land saves a run by way of another store, so that its folder is complete as soon as it is there: a runner's has a history.
func land(s, spare Store, r judge.Record) error {
	if err := spare.Save(r); err != nil {
		return err
	}
	return os.Rename(filepath.Join(spare.runs(), r.Run.ID), filepath.Join(s.runs(), r.Run.ID))
}

// Readers, a writer, and somebody who removes the index, all at the same time: every answer is one that was true.
func TestManyAtOnce(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	sample.Fill(t, s.Dir, 60)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	spare := Store{Dir: t.TempDir()}
	var saved sync.Map // ids, as soon as they are there
	var readers, others sync.WaitGroup
	others.Go(func() {
		for i := 0; ctx.Err() == nil && i < 40; i++ {
			r := sample.Passed()
			r.Run.ID = fmt.Sprintf("20990101-%06d-new", i)
			if err := land(s, spare, r); err != nil {
				t.Error(err)
			}
			saved.Store(r.Run.ID, true)
		}
	})
	others.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			<-tick.C
			_ = os.Remove(s.index())
		}
	})
	for range 4 {
		readers.Go(func() {
			for range 8 {
				var want []string
				saved.Range(func(id, _ any) bool { want = append(want, id.(string)); return true })
				runs, unread, err := s.Digests(ctx, Filter{})
				if err != nil || len(unread) > 0 {
					t.Errorf("%v, %v", unread, err)
				}
				there := map[string]bool{}
				for _, r := range runs {
					there[r.ID] = true
				}
				if len(there) != len(runs) || len(there) < 60+len(want) {
					t.Errorf("%d runs, %d of them different; %d were saved before", len(runs), len(there), 60+len(want))
				}
				for _, id := range want {
					if !there[id] {
						t.Errorf("%s is not there", id)
					}
				}
			}
		})
	}
	readers.Wait()
	cancel()
	others.Wait()
	if diff := cmp.Diff(told(t, unindexed(t, s)), told(t, ask(t, s, Filter{}))); diff != "" {
		t.Error(diff)
	}
}

// The same with processes: a lock of one process is none for its own goroutines.
func TestManyProcesses(t *testing.T) {
	if dir := os.Getenv("FRIDAY_TEST_STORE"); dir != "" {
		s := Store{Dir: dir}
		for range 20 {
			if a := ask(t, s, Filter{}); len(a.Digests) < 60 || len(a.Unread) > 0 {
				t.Fatalf("%d runs, %v", len(a.Digests), a.Unread)
			}
		}
		return
	}
	s := Store{Dir: t.TempDir()}
	sample.Fill(t, s.Dir, 60)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestManyProcesses$")
			cmd.Env = append(os.Environ(), "FRIDAY_TEST_STORE="+s.Dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	for i := range 30 {
		r := sample.Passed()
		r.Run.ID = fmt.Sprintf("20990101-%06d-new", i)
		must(t, land(s, Store{Dir: t.TempDir()}, r))
		if i%10 == 5 {
			_ = os.Remove(s.index())
		}
	}
	all.Wait()
	if diff := cmp.Diff(told(t, unindexed(t, s)), told(t, ask(t, s, Filter{}))); diff != "" {
		t.Error(diff)
	}
}

// A run that is removed while somebody looks is either there or not: never one that cannot be read, and no reason to throw
// the index away.
func TestRunsThatGoWhileSomebodyLooks(t *testing.T) {
	s := mixed(t)
	ask(t, s, Filter{})
	before, err := os.Stat(s.index())
	must(t, err)
	ids, err := s.ids()
	must(t, err)
	gone := ids[7]
	other := s
	s.ReadHistory = func(path string) ([]verify.Event, error) { // after the look at the index, before its digests are read
		if strings.Contains(path, "-died") {
			must(t, errors.Join(os.RemoveAll(filepath.Join(s.runs(), gone)), os.RemoveAll(filepath.Dir(path))))
			_, err := other.List(t.Context(), Filter{})
			must(t, err)
		}
		return firstOf(path)
	}
	runs, unread, err := s.Digests(t.Context(), Filter{})
	if err != nil || len(runs) != 39 || len(unread) != 2 {
		t.Errorf("%d runs, unread: %v, %v; want 39, and the 2 that never could be read", len(runs), unread, err)
	}
	if after, err := os.Stat(s.index()); err != nil || !os.SameFile(before, after) {
		t.Errorf("the index was thrown away (%v)", err)
	}
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

// answer is all that a store says of its runs.
type answer struct {
	List    []Run
	Digests []digest.Run
	Unread  []Run
}

func ask(t testing.TB, s Store, f Filter) answer {
	t.Helper()
	var a answer
	var err, err2 error
	a.List, err = s.List(t.Context(), f)
	a.Digests, a.Unread, err2 = s.Digests(t.Context(), f)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return a
}

// unindexed is what the files say, read one by one.
func unindexed(t testing.TB, s Store) answer {
	t.Helper()
	var a answer
	ids, err := s.ids()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		r, err := s.read(filepath.Join(s.runs(), id))
		if err != nil {
			a.List = append(a.List, Run{ID: id, Error: err.Error()})
			a.Unread = append([]Run{{ID: id, Error: err.Error()}}, a.Unread...)
			continue
		}
		d := digest.Of(r)
		a.Digests = append([]digest.Run{d}, a.Digests...)
		a.List = append(a.List, Run{
			ID: id, Scenario: d.Scenario, Service: d.Service, Environment: d.Environment, Control: d.Control, Verdict: d.Verdict, Restored: d.Restored,
			Started: d.Started, Finished: d.Finished,
		}.lasting())
	}
	return a
}

// told is an answer as text, to compare.
func told(t testing.TB, a answer) string {
	t.Helper()
	text, err := json.MarshalIndent(a, "", " ")
	must(t, err)
	return string(text)
}

// mixed is a store with runs of every kind: records, a run without one, and two that cannot be read.
func mixed(t testing.TB) Store {
	t.Helper()
	s := Store{Dir: filepath.Join(t.TempDir(), "a state? 100% #ü"), Judge: asFirst, ReadHistory: firstOf}
	sample.Fill(t, s.Dir, 40)
	for _, put := range [][2]string{{"20260101-000000-died/history.jsonl", "died"}, {"20260102-000000-bad/record.json", "{"}, {"20260103-000000-empty/x", ""}} {
		path := filepath.Join(s.runs(), put[0])
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(put[1]), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestTheIndexSaysWhatTheFilesSay(t *testing.T) {
	s := mixed(t)
	for name, before := range map[string]func(t *testing.T){
		"made":       func(t *testing.T) {},
		"kept":       func(t *testing.T) {},
		"removed":    func(t *testing.T) { mustRemove(t, s.index()) },
		"garbage":    func(t *testing.T) { mustWrite(t, s.index(), strings.Repeat("garbage ", 2000)) },
		"empty":      func(t *testing.T) { mustWrite(t, s.index(), "") },
		"cut":        func(t *testing.T) { must(t, os.Truncate(s.index(), 9000)) },
		"older":      func(t *testing.T) { change(t, s, "PRAGMA user_version = 1") },
		"no table":   func(t *testing.T) { change(t, s, "DROP TABLE digests") },
		"no digest":  func(t *testing.T) { change(t, s, "DELETE FROM digests WHERE n = 3") },
		"bad digest": func(t *testing.T) { change(t, s, "UPDATE digests SET digest = x'7b' WHERE n = 3") },
		"swapped": func(t *testing.T) {
			change(t, s, "UPDATE digests SET digest = (SELECT digest FROM digests WHERE n = 4) WHERE n = 3")
		},
		"a flag":        func(t *testing.T) { change(t, s, "UPDATE runs SET restored = 1 - restored WHERE n = 3") },
		"other verdict": func(t *testing.T) { change(t, s, "UPDATE runs SET verdict = 'PASS' WHERE verdict != 'PASS'") },
		"a letter": func(t *testing.T) {
			change(t, s, "UPDATE digests SET digest = CAST(replace(CAST(digest AS TEXT), 'service-', 'servile-') AS BLOB) WHERE n = 3")
		},
		"verdict": func(t *testing.T) { change(t, s, "UPDATE runs SET verdict = 'MAYBE' WHERE n = 3") },
		"a folder": func(t *testing.T) {
			mustRemove(t, s.index())
			must(t, os.MkdirAll(filepath.Join(s.index(), "x"), 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.RemoveAll(s.index()))
			ask(t, s, Filter{})
			before(t)
			for range 2 {
				if diff := cmp.Diff(told(t, unindexed(t, s)), told(t, ask(t, s, Filter{}))); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

func TestTheIndexFollowsTheFiles(t *testing.T) {
	s := mixed(t)
	before := ask(t, s, Filter{})
	// A run that goes on is read again each time; a record that is saved again counts as it is now; what is gone is gone.
	mustWrite(t, filepath.Join(s.runs(), "20260101-000000-died", "history.jsonl"), "another")
	changed := sample.PaymentsDies()
	changed.Run.ID = before.Digests[10].ID
	must(t, s.Save(changed))
	must(t, os.RemoveAll(filepath.Join(s.runs(), before.Digests[20].ID)))
	added := sample.Late()
	added.Run.ID = "20990101-000000-new"
	must(t, s.Save(added))
	after := ask(t, s, Filter{})
	if diff := cmp.Diff(told(t, unindexed(t, s)), told(t, after)); diff != "" {
		t.Fatal(diff)
	}
	if len(after.List) != len(before.List) || after.List[0].ID != added.Run.ID {
		t.Errorf("%d runs, the newest %s", len(after.List), after.List[0].ID)
	}
	if x := count(t, s); x != 40 {
		t.Errorf("the index holds %d runs, want the 40 with a record that can be read", x)
	}
}

// What the index cannot hold as it is, it does not hold: it says the same as the files, and is not thrown away for it.
func TestTheIndexHoldsNothingInexactly(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	sample.Fill(t, s.Dir, 5)
	for id, started := range map[string]time.Time{
		"20260101-000000-latin-\xfc": day, "20260102-000000-late": time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC),
		"20260103-000000-epoch": time.Unix(0, 0).UTC(), "20260104-000000-zone": day.In(time.FixedZone("CET", 3600)), "20260105-000000-\n\t": day,
	} {
		r := sample.Passed()
		r.Started = started
		text, err := json.Marshal(r)
		must(t, err)
		put(t, s, id, recordFile, string(text))
	}
	first := told(t, ask(t, s, Filter{}))
	before, err := os.Stat(s.index())
	must(t, err)
	if diff := cmp.Diff(first, told(t, ask(t, s, Filter{}))); diff != "" {
		t.Errorf("the second answer is another one: %s", diff)
	}
	if after, err := os.Stat(s.index()); err != nil || !os.SameFile(before, after) || count(t, s) != 7 {
		t.Errorf("the index was made anew, or holds other than the 7 that it can (%v)", err)
	}
}

// A record that is copied over another one of the same length, with its time, is another record.
func TestARecordOfTheSameSizeAndTime(t *testing.T) {
	s := tempStore(t, runCalled("20260101-000000-a"))
	ask(t, s, Filter{})
	path := filepath.Join(s.runs(), "20260101-000000-a", recordFile)
	before, err := os.Stat(path)
	must(t, err)
	text, err := os.ReadFile(path)
	must(t, err)
	for after := before; changed(after) == changed(before); { // the clock of a file system ticks slowly
		mustWrite(t, path, strings.Replace(string(text), `"verdict": "PASS"`, `"verdict": "LATE"`, 1))
		must(t, os.Chtimes(path, before.ModTime(), before.ModTime()))
		after, err = os.Stat(path)
		must(t, err)
	}
	if a := ask(t, s, Filter{}); a.List[0].Verdict != judge.Late || a.Digests[0].Verdict != judge.Late {
		t.Errorf("it is listed as %s", a.List[0].Verdict)
	}
}

func TestNoRunsMakeNoIndex(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	if a := ask(t, s, Filter{}); len(a.List)+len(a.Digests) > 0 {
		t.Errorf("got %+v", a)
	}
	if _, err := os.Stat(s.index()); err == nil {
		t.Error("there is an index of nothing")
	}
}

func TestFilters(t *testing.T) {
	s := mixed(t)
	all := ask(t, s, Filter{})
	one := all.Digests[30]
	for name, c := range map[string]struct {
		f    Filter
		fits func(digest.Run) bool
	}{
		"scenario":    {Filter{Scenario: one.Scenario}, func(r digest.Run) bool { return r.Scenario == one.Scenario }},
		"service":     {Filter{Service: one.Service}, func(r digest.Run) bool { return r.Service == one.Service }},
		"environment": {Filter{Environment: one.Environment}, func(r digest.Run) bool { return r.Environment == one.Environment }},
		"since":       {Filter{Since: one.Started}, func(r digest.Run) bool { return !r.Started.Before(one.Started) }},
		"until":       {Filter{Until: one.Started}, func(r digest.Run) bool { return r.Started.Before(one.Started) }},
		"failed":      {Filter{Failed: true}, func(r digest.Run) bool { return r.Verdict != judge.Pass }},
		"nothing":     {Filter{Scenario: "no such"}, func(digest.Run) bool { return false }},
	} {
		got := ask(t, s, c.f)
		var want []string
		for _, r := range all.Digests {
			if c.fits(r) {
				want = append(want, r.ID)
			}
		}
		var have []string
		for _, r := range got.Digests {
			have = append(have, r.ID)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(got.Unread) != 2 || len(got.List) != len(want)+2 {
			t.Errorf("%s: %d unread, %d listed; what cannot be read fits every filter", name, len(got.Unread), len(got.List))
		}
	}
}

func TestReindex(t *testing.T) {
	s := mixed(t)
	change := func() (int, int, error) { n, unread, err := s.Reindex(t.Context()); return n, len(unread), err }
	if n, unread, err := change(); n != 41 || unread != 2 || err != nil {
		t.Errorf("%d indexed, %d unread, %v", n, unread, err)
	}
	mustRemove(t, s.index())
	must(t, os.MkdirAll(filepath.Join(s.index(), "x"), 0o700))
	if _, _, err := change(); err == nil || !strings.Contains(err.Error(), "cannot remove the old index") {
		t.Errorf("an index that cannot be made: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, os.RemoveAll(s.index()))
	if _, _, err := s.Reindex(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustRemove(t testing.TB, path string) { t.Helper(); must(t, os.Remove(path)) }

func mustWrite(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

// change changes the index behind the store's back.
func change(t testing.TB, s Store, statement string) {
	t.Helper()
	db := openRaw(t, s)
	_, err := db.ExecContext(t.Context(), statement)
	must(t, errors.Join(err, db.Close()))
}

func count(t testing.TB, s Store) (n int) {
	t.Helper()
	db := openRaw(t, s)
	must(t, errors.Join(db.QueryRowContext(t.Context(), "SELECT count(*) FROM runs").Scan(&n), db.Close()))
	return n
}

func openRaw(t testing.TB, s Store) *sql.DB {
	t.Helper()
	x, err := openIndex(t.Context(), s.index())
	must(t, err)
	return x.db
}

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// tempStore holds runs; its judge turns the first event of a history into a record (asFirst).
func tempStore(t *testing.T, records ...judge.Record) Store {
	t.Helper()
	s := Store{Dir: t.TempDir(), Judge: asFirst, ReadHistory: firstOf}
	for _, r := range records {
		if err := s.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func asFirst(events []verify.Event) judge.Record {
	return judge.Record{Version: judge.Version, Run: *events[0].Run}
}

func firstOf(path string) ([]verify.Event, error) {
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	return []verify.Event{{Run: &verify.RunInfo{ID: filepath.Base(filepath.Dir(path)), Scenario: string(data)}}}, nil
}

func runCalled(id string) judge.Record {
	r := sample.Passed()
	r.Run.ID = id
	return r
}

func put(t *testing.T, s Store, id, file, text string) string {
	t.Helper()
	path := filepath.Join(s.Dir, "runs", id, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSaveWritesEveryReportWhole(t *testing.T) {
	r := sample.PaymentsDies()
	s := tempStore(t, r, r)
	dir := filepath.Join(s.Dir, "runs", r.Run.ID)
	want := map[string]reports.Renderer{"record.json": reports.JSON, "report.txt": reports.Text(false), "report.md": reports.Markdown, "report.html": reports.HTML, "junit.xml": reports.JUnit}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(want) {
		t.Fatalf("%d files, want %d: %v", len(entries), len(want), err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || want[e.Name()] == nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		var out strings.Builder
		if err := want[e.Name()](&out, []judge.Record{r}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(out.String(), string(data)); diff != "" {
			t.Errorf("%s: %s", e.Name(), diff)
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600 (%v)", e.Name(), info.Mode(), err)
		}
	}
}

// TestSaveKeepsTheRecord: one file that cannot be written takes none of the others with it, and leaves no litter.
func TestSaveKeepsTheRecord(t *testing.T) {
	s, r := tempStore(t), sample.Passed()
	put(t, s, r.Run.ID, "report.html/in-the-way", "")
	err := s.Save(r)
	if err == nil || !strings.Contains(err.Error(), "report.html") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line on report.html", err)
	}
	if got, err := s.Load(r.Run.ID); err != nil || got.Verdict != judge.Pass {
		t.Errorf("the record: %v, %v", got.Verdict, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "runs", r.Run.ID, "*.new")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, id := range []string{"", "..", "a/b", "../x"} {
		if err := s.Save(runCalled(id)); err == nil {
			t.Errorf("saved a run called %q", id)
		}
	}
}

func TestLoadFindsRuns(t *testing.T) {
	s := tempStore(t, runCalled("20261120-101502-checkout-aaaa"), runCalled("20261120-101502-checkout-bbbb"), runCalled("20261121-090000-search-cccc"))
	other := tempStore(t, runCalled("20250101-000000-old-dddd"))
	away := filepath.Join(other.Dir, "runs", "20250101-000000-old-dddd")
	for run, want := range map[string]string{
		"latest": "20261121-090000-search-cccc", "20261121": "20261121-090000-search-cccc", "20261120-101502-checkout-a": "20261120-101502-checkout-aaaa",
		"20261120-101502-checkout-bbbb": "20261120-101502-checkout-bbbb", away: "20250101-000000-old-dddd", away + "/": "20250101-000000-old-dddd",
		filepath.Join(away, "record.json"): "20250101-000000-old-dddd",
	} {
		if got, err := s.Load(run); err != nil || got.Run.ID != want {
			t.Errorf("Load(%q) = %q, %v, want %q", run, got.Run.ID, err, want)
		}
	}
	if _, err := s.Load("20261120"); err == nil || !strings.Contains(err.Error(), "checkout-aaaa") || !strings.Contains(err.Error(), "checkout-bbbb") {
		t.Errorf("an ambiguous name: %v, want both candidates", err)
	}
	for i := range 12 {
		put(t, s, fmt.Sprintf("20200101-%06d-many", i), "history.jsonl", "x")
	}
	if _, err := s.Load("2020"); err == nil || strings.Count(err.Error(), "-many") != 10 || !strings.HasSuffix(err.Error(), "\n  and 2 more") {
		t.Errorf("a very ambiguous name: %v", err)
	}
	for _, run := range []string{"", "2024", filepath.Join(away, "none.json")} {
		if _, err := s.Load(run); !errors.Is(err, ErrNoRun) {
			t.Errorf("Load(%q): %v, want %v", run, err, ErrNoRun)
		}
	}
	if _, err := tempStore(t).Load(Latest); !errors.Is(err, ErrNoRun) {
		t.Errorf("the latest of none: %v", err)
	}
}

// The id ends at random, so two runs of one second are told apart by when they were started.
func TestTheLatestOfOneSecond(t *testing.T) {
	first, second, older := runCalled("20260101-000000-a-zzzz"), runCalled("20260101-000000-a-aaaa"), runCalled("20251231-235959-a-bbbb")
	second.Started = first.Started.Add(time.Millisecond)
	s := tempStore(t, first, second, older)
	if r, err := s.Load(Latest); err != nil || r.Run.ID != second.Run.ID {
		t.Errorf("the latest is %s, %v", r.Run.ID, err)
	}
}

func TestBadRunsSaySo(t *testing.T) {
	s := tempStore(t, runCalled("20261120-000000-good-aaaa"))
	for id, tc := range map[string]struct{ file, text, want string }{
		"1-newer":   {"record.json", `{"version": 2, "run": {"friday": "9.1"}, "steps": "something else"}`, "record of version 2, written by friday 9.1; this friday reads up to version 1"},
		"2-torn":    {"record.json", `{"version": 1, "run": {"id"`, "is not the record of a run: unexpected end of JSON"},
		"3-other":   {"record.json", `{"name": "left-pad"}`, "it has no version"},
		"4-empty":   {"other.txt", "", "holds neither a record.json nor a history.jsonl"},
		"5-nothing": {"history.jsonl", "", "is empty: the run died before it did anything"},
		"6-verdict": {"record.json", `{"version": 1, "verdict": "GREAT"}`, `unknown verdict "GREAT"`},
	} {
		put(t, s, id, tc.file, tc.text)
		if _, err := s.Load(id); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", id, err, tc.want)
		}
	}
	put(t, s, "2-torn", "history.jsonl", "x")
	if _, err := s.Load("2-torn"); err == nil || !strings.Contains(err.Error(), "remove it, and the run is judged again") {
		t.Errorf("a torn record beside a history: %v", err)
	}
	runs, err := s.List(t.Context(), Filter{})
	if err != nil || len(runs) != 7 {
		t.Fatalf("%d runs listed, want 7: %v", len(runs), err)
	}
	for _, r := range runs {
		if bad := r.ID != "20261120-000000-good-aaaa"; bad != (r.Error != "") {
			t.Errorf("%s: error %q", r.ID, r.Error)
		}
	}
}

func TestARunThatDiedIsJudgedNow(t *testing.T) {
	s := tempStore(t)
	put(t, s, "20261120-000000-died-aaaa", "history.jsonl", "freeze")
	r, err := s.Load(Latest)
	if err != nil || r.Run.Scenario != "freeze" || r.Verdict != judge.Unjudged {
		t.Errorf("%+v, %v", r.Run, err)
	}
	runs, err := s.List(t.Context(), Filter{})
	if err != nil || len(runs) != 1 || runs[0].Scenario != "freeze" || runs[0].Restored || !runs[0].Finished.IsZero() {
		t.Errorf("%+v, %v", runs, err)
	}
	if files, _ := os.ReadDir(filepath.Join(s.Dir, "runs", "20261120-000000-died-aaaa")); len(files) != 1 {
		t.Errorf("looking at a run wrote %v", files)
	}
}

func TestList(t *testing.T) {
	s := tempStore(t, runCalled("20261119-000000-b-aaaa"), runCalled("20261120-000000-c-aaaa"), runCalled("20261118-000000-a-aaaa"))
	if err := os.WriteFile(filepath.Join(s.Dir, "runs", "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, s, "20261121-000000-d-aaaa", "record.json", "{")
	runs, err := s.List(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.ID[9+7:len(r.ID)-5])
	}
	if !slices.Equal(ids, []string{"d", "c", "b", "a"}) {
		t.Errorf("listed as %v, want the newest first", ids)
	}
	var text, list strings.Builder
	if err := errors.Join(RunsText(&text, runs), RunsJSON(&list, runs)); err != nil {
		t.Fatal(err)
	}
	for i := range runs { // the error names a folder that is another one each time
		runs[i].Error = strings.ReplaceAll(runs[i].Error, s.Dir, "STATE")
	}
	text.Reset()
	if err := RunsText(&text, runs); err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, "runs.txt", []byte(text.String()))
	if !strings.Contains(list.String(), `"verdict": "PASS"`) || !strings.Contains(list.String(), `"duration_s": 13.1`) {
		t.Errorf("as JSON:\n%s", list.String())
	}
	var none strings.Builder
	if err := RunsJSON(&none, nil); err != nil || none.String() != "[]\n" {
		t.Errorf("no runs as JSON: %q, %v", none.String(), err)
	}
	if runs, err := tempStore(t).List(t.Context(), Filter{}); err != nil || len(runs) != 0 {
		t.Errorf("no runs: %v, %v", runs, err)
	}
}

func TestListCannotDriveTheTerminal(t *testing.T) {
	for _, text := range sample.Hostile {
		var list strings.Builder
		if err := RunsText(&list, []Run{{ID: text, Scenario: text, Service: text}, {ID: text, Error: text}}); err != nil {
			t.Fatal(err)
		}
		if strings.Count(list.String(), "\n") != 4 {
			t.Errorf("the list has other lines than its runs:\n%s", list.String())
		}
		sample.CheckPlain(t, strings.ReplaceAll(list.String(), "\n", ""))
	}
}

package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/verify/judge"
)

// siteOf is the site of some records, whose stamp is their summary.
func siteOf(records ...judge.Record) Site {
	byID := map[string]judge.Record{}
	s := Site{
		Load: func(id string) (judge.Record, error) {
			r, ok := byID[id]
			if !ok {
				return r, errors.New("no such record")
			}
			return r, nil
		},
		Stamp: func(id string) string { return "v" + byID[id].Summary },
		Made:  "1.0",
	}
	for _, r := range records {
		byID[r.Run.ID] = r
		s.Runs = append(s.Runs, digest.Of(r))
	}
	slices.SortFunc(s.Runs, func(a, b digest.Run) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

// samples are the sample runs, each with an id of its own.
func samples() []judge.Record {
	all := sample.All()
	for i := range all {
		all[i].Run.ID = fmt.Sprintf("2026112%d-101502-%s-aaaa", i, all[i].Run.Service)
		all[i].Started = all[i].Started.AddDate(0, i%3-1, 0)
	}
	return all
}

func written(t *testing.T, s Site, dir string) Result {
	t.Helper()
	done, err := s.Write(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// state tells every file below a folder: which it is, when it was written, and what it holds.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = info.Mode().String() + info.ModTime().Format(time.RFC3339Nano) + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func changed(before, after map[string]string) []string {
	var names []string
	for name, was := range before {
		if after[name] != was {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestASecondCallWritesNothing(t *testing.T) {
	dir, s := filepath.Join(t.TempDir(), "new", "site"), siteOf(samples()...)
	if done := written(t, s, dir); done.Written != 2*6+3 || done.Same != 0 || done.Removed != 0 {
		t.Errorf("the first call: %+v", done)
	}
	before := state(t, dir)
	if done := written(t, s, dir); done.Written != 0 || done.Same != 2*6+3 || done.Removed != 0 {
		t.Errorf("the second call: %+v", done)
	}
	if names := changed(before, state(t, dir)); len(names) > 0 {
		t.Errorf("the second call wrote %v", names)
	}
	for name, is := range before {
		if !strings.HasPrefix(is, "-rw-r--r--") {
			t.Errorf("%s has mode %s", name, is[:10])
		}
	}
}

func TestOnlyWhatChangedIsWritten(t *testing.T) {
	dir, records := t.TempDir(), samples()
	written(t, siteOf(records...), dir)
	before := state(t, dir)
	records[3].Summary = "something else"
	if done := written(t, siteOf(records...), dir); done.Written != 5 {
		t.Errorf("%+v", done)
	}
	page := "runs/" + records[3].Run.ID
	want := []string{".friday-site", "feed.xml", "index.html", "runs.html", page + ".html", page + ".json"}
	if got := changed(before, state(t, dir)); !slices.Equal(got, want) {
		t.Errorf("wrote %v, want %v", got, want)
	}
	newer := siteOf(records...)
	newer.Made = "1.1"
	if done := written(t, newer, dir); done.Written != 2*6 {
		t.Errorf("another program writes every run anew: %+v", done)
	}
	if err := os.RemoveAll(filepath.Join(dir, "runs")); err != nil {
		t.Fatal(err)
	}
	if done := written(t, newer, dir); done.Written != 2*6 {
		t.Errorf("a folder that is gone is made again: %+v", done)
	}
	more := siteOf(records...)
	more.Pages = []Page{{"todo.html", "To-dos", func(w io.Writer, nav []show.Link) error {
		return show.Page{Title: "To-dos", Heading: "To-dos", Nav: nav, Main: "<p>nothing to do</p>"}.Write(w)
	}}}
	if done := written(t, more, dir); done.Written != 2*6+3 {
		t.Errorf("another navigation writes every page anew: %+v", done)
	}
	if text := state(t, dir)[page+".html"]; !strings.Contains(text, `<a href="../todo.html">To-dos</a>`) {
		t.Error("the page of a run does not lead to the new page")
	}
	if err := os.Remove(filepath.Join(dir, page+".json")); err != nil {
		t.Fatal(err)
	}
	if done := written(t, more, dir); done.Written != 2 {
		t.Errorf("a file that is gone is written again: %+v", done)
	}
}

func TestWhatWasPrunedDisappears(t *testing.T) {
	dir, records := t.TempDir(), samples()
	written(t, siteOf(records...), dir)
	for _, name := range []string{"CNAME", "runs/notes.html"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done := written(t, siteOf(records[2:]...), dir)
	if done.Removed != 4 {
		t.Errorf("%+v", done)
	}
	left := state(t, dir)
	if len(left) != 2*4+3+1+2 || left["CNAME"] == "" || left["runs/notes.html"] == "" {
		t.Errorf("left are %d files, among them those of others: %q %q", len(left), left["CNAME"], left["runs/notes.html"])
	}
	for name, text := range left {
		if strings.Contains(text, records[0].Run.ID) {
			t.Errorf("%s still tells of a run that is gone", name)
		}
	}
	if done := written(t, siteOf(), dir); done.Removed != 8 {
		t.Errorf("no runs at all: %+v", done)
	}
	if text := state(t, dir)["runs.html"]; !strings.Contains(text, "There are no runs yet.") {
		t.Error("an empty list does not say so")
	}
}

func TestRunsThatCannotBeReadAreListed(t *testing.T) {
	dir, records := t.TempDir(), samples()
	s := siteOf(records...)
	load := s.Load
	s.Load = func(id string) (judge.Record, error) {
		switch id {
		case records[1].Run.ID:
			return judge.Record{}, errors.New("the <disk> is gone")
		case records[2].Run.ID:
			return records[3], nil
		}
		return load(id)
	}
	s.Unread = []store.Run{{ID: "20250101-half", Error: "it is \x1b[31mdamaged"}}
	s.Runs = append(s.Runs, s.Runs[0])
	done := written(t, s, dir)
	var got []string
	for _, u := range done.Unread {
		got = append(got, u.ID+": "+u.Error)
	}
	want := []string{
		records[2].Run.ID + ": its record is that of another run, " + records[3].Run.ID,
		records[1].Run.ID + ": the <disk> is gone",
		records[0].Run.ID + ": another run has the same id",
		"20250101-half: it is \x1b[31mdamaged",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("unread are %q, want %q", got, want)
	}
	files := state(t, dir)
	for _, text := range []string{"the &lt;disk&gt; is gone", "20250101-half", "it is damaged"} {
		if !strings.Contains(files["runs.html"], text) {
			t.Errorf("the list does not say %q", text)
		}
	}
	if !strings.Contains(files["index.html"], "4 runs cannot be read") {
		t.Error("the front page keeps quiet about it")
	}
	for _, r := range records[1:3] {
		if files[FileOf(r.Run.ID)] != "" || strings.Contains(files["feed.xml"], r.Run.ID) {
			t.Errorf("%s has a page", r.Run.ID)
		}
	}
	if done := written(t, s, dir); done.Written != 0 {
		t.Errorf("the second call: %+v", done)
	}
}

func TestThePagesOfOthers(t *testing.T) {
	dir, s := t.TempDir(), siteOf(samples()...)
	s.Front = func(w io.Writer, nav []show.Link) error {
		if len(nav) != 3 || !nav[0].Here || nav[1].Here || nav[2].To != "todo.html" {
			t.Errorf("the front page is given %+v", nav)
		}
		_, err := io.WriteString(w, "the quarter, told by s3cr3t-token")
		return err
	}
	broken := errors.New("no to-dos today")
	s.Pages = []Page{{"todo.html", "To-dos", func(io.Writer, []show.Link) error { return broken }}}
	s.Clean = func(text []byte) []byte {
		return []byte(strings.ReplaceAll(string(text), "s3cr3t-token", "[redacted]"))
	}
	done, err := s.Write(t.Context(), dir)
	if !errors.Is(err, broken) || done.Written != 2*6+3 {
		t.Errorf("one page that fails keeps no other from being written: %v, %+v", err, done)
	}
	if text := state(t, dir)["index.html"]; !strings.HasSuffix(text, "the quarter, told by [redacted]") {
		t.Errorf("the front page is %q", text)
	}
	broken = nil
	if done := written(t, s, dir); done.Written != 1 {
		t.Errorf("the page that failed: %+v", done)
	}
}

func TestStoppedInBetween(t *testing.T) {
	dir, s := t.TempDir(), siteOf(samples()...)
	ctx, cancel := context.WithCancel(t.Context())
	load := s.Load
	s.Load = func(id string) (judge.Record, error) { cancel(); return load(id) }
	if _, err := s.Write(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runs", tempPrefix+"half"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Load = load
	written(t, s, dir)
	files := state(t, dir)
	if len(files) != 2*6+3+1 {
		t.Errorf("there are %d files", len(files))
	}
}

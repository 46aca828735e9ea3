package store

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/verify/judge"
)

// packed is one entry of an archive.
type packed struct {
	name, text string
	link       byte // a tar.Type
}

func recordText(t *testing.T, r judge.Record) string {
	t.Helper()
	text, err := json.Marshal(r)
	must(t, err)
	return string(text)
}

func zipped(t *testing.T, entries ...packed) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(0o644)
		if e.link != 0 {
			h.SetMode(0o777 | os.ModeSymlink)
		}
		w, err := z.CreateHeader(h)
		must(t, err)
		_, err = w.Write([]byte(e.text))
		must(t, err)
	}
	must(t, z.Close())
	return written(t, "runs.zip", b.Bytes())
}

func tarred(t *testing.T, name string, entries ...packed) string {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	if strings.HasSuffix(name, ".tar") {
		w = tar.NewWriter(&b)
	}
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.text)), Typeflag: tar.TypeReg}
		if e.link != 0 {
			h.Typeflag, h.Linkname, h.Size = e.link, e.text, 0
			e.text = ""
		}
		must(t, w.WriteHeader(h))
		_, err := w.Write([]byte(e.text))
		must(t, err)
	}
	must(t, w.Close())
	if !strings.HasSuffix(name, ".tar") {
		must(t, g.Close())
	}
	return written(t, name, b.Bytes())
}

func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

// imports tells what became of paths: "id", "id here", or the beginning of why not.
func imports(t *testing.T, s Store, paths ...string) []string {
	t.Helper()
	var all []string
	for _, i := range s.Import(paths) {
		switch {
		case i.Err != nil:
			all = append(all, "not: "+i.Err.Error())
		case i.Here:
			all = append(all, i.ID+" here")
		default:
			all = append(all, i.ID)
		}
	}
	return all
}

func TestImport(t *testing.T) {
	from := tempStore(t, runCalled("20260101-000000-a"), runCalled("20260102-000000-b"))
	put(t, from, "20260101-000000-a", "history.jsonl", "what happened")
	put(t, from, "20260101-000000-a", "journal.jsonl", "what was undone")
	a := packed{"x/20260101-000000-a/record.json", recordText(t, runCalled("20260101-000000-a")), 0}
	history := packed{"x/20260101-000000-a/history.jsonl", "what happened", 0}
	other := packed{"deep/down/record.json", recordText(t, runCalled("20260102-000000-b")), 0}
	both := []string{"20260101-000000-a", "20260102-000000-b"}
	for name, c := range map[string]struct {
		path string
		want []string
		with bool // its history comes along
	}{
		"a run's folder": {filepath.Join(from.runs(), "20260101-000000-a"), both[:1], true},
		"a record":       {filepath.Join(from.runs(), "20260101-000000-a", "record.json"), both[:1], true},
		"a state folder": {from.Dir, both, true},
		"another name":   {written(t, "results.json", []byte(a.text)), both[:1], false},
		"zip":            {zipped(t, packed{"readme.md", "x", 0}, a, history, other), both, true},
		"tar":            {tarred(t, "runs.tar", a, history, other), both, true},
		"tar.gz":         {tarred(t, "runs.tar.gz", history, a, other), both, true},
		"tgz":            {tarred(t, "RUNS.TGZ", a, other), both, false},
	} {
		s := Store{Dir: filepath.Join(t.TempDir(), "new", "state")}
		got := imports(t, s, c.path)
		if name != "a run's folder" && name != "a record" && name != "another name" && len(got) == 2 && got[0] > got[1] {
			got[0], got[1] = got[1], got[0]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
			continue
		}
		if again := imports(t, s, c.path); len(again) != len(c.want) || !strings.HasSuffix(again[0], " here") {
			t.Errorf("%s, again: %v", name, again)
		}
		r, err := s.Load("20260101-000000-a")
		if err != nil || recordText(t, r) != a.text {
			t.Errorf("%s: loaded %+v, %v", name, r.Run, err)
		}
		dir := filepath.Join(s.runs(), "20260101-000000-a")
		if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "history.jsonl")); (string(data) == "what happened") != c.with {
			t.Errorf("%s: the history is %q", name, data)
		}
		if files, _ := os.ReadDir(s.Dir); len(files) > 2 { // runs, and the index
			t.Errorf("%s: it left %v", name, files)
		}
	}
}

func TestImportChangesNothingThatIsThere(t *testing.T) {
	s := tempStore(t, runCalled("20260101-000000-a"))
	changed := runCalled("20260101-000000-a")
	changed.Summary = "it all went well"
	fresh := runCalled("20260103-000000-c")
	put(t, s, "20260102-000000-b", "history.jsonl", "it goes on")
	got := imports(t, s, zipped(t,
		packed{"1/record.json", recordText(t, changed), 0}, packed{"2/record.json", recordText(t, runCalled("20260102-000000-b")), 0}, packed{"3/record.json", recordText(t, fresh), 0},
	))
	if len(got) != 3 || !strings.Contains(got[0], "there is another record of run 20260101-000000-a here") || !strings.Contains(got[1], "cannot be compared") || got[2] != fresh.Run.ID {
		t.Errorf("got %q", got)
	}
	if r, err := s.Load("20260101-000000-a"); err != nil || r.Summary == changed.Summary {
		t.Errorf("it was overwritten: %q, %v", r.Summary, err)
	}
}

func TestImportRefusesWhatIsHostile(t *testing.T) {
	good := recordText(t, runCalled("20260101-000000-a"))
	named := func(id string) string { return recordText(t, runCalled(id)) }
	newer := strings.Replace(good, `"version":1`, `"version":99`, 1)
	large := strings.Repeat(" ", largest) + good
	wide := strings.Replace(good, `"steps":[`, `"steps":[`+strings.Repeat("{},", mostValues), 1)
	for name, c := range map[string]struct {
		path string
		want string
	}{
		"zip slip":          {zipped(t, packed{"../../record.json", good, 0}), "its name leads out of the archive"},
		"zip absolute":      {zipped(t, packed{"/etc/record.json", good, 0}), "its name leads out of the archive"},
		"zip backslash":     {zipped(t, packed{`..\x/record.json`, good, 0}), "its name leads out of the archive"},
		"zip link":          {zipped(t, packed{"x/record.json", "/etc/passwd", tar.TypeSymlink}), "it is no regular file"},
		"zip bomb":          {zipped(t, packed{"x/record.json", large, 0}), "it is larger than 64 MiB"},
		"tar slip":          {tarred(t, "x.tar", packed{"../record.json", good, 0}), "its name leads out of the archive"},
		"tar link":          {tarred(t, "x.tar", packed{"x/record.json", "/etc/passwd", tar.TypeSymlink}), "it is no regular file"},
		"tar hard link":     {tarred(t, "x.tgz", packed{"x/record.json", "/etc/passwd", tar.TypeLink}), "it is no regular file"},
		"tar device":        {tarred(t, "x.tgz", packed{"x/record.json", "", tar.TypeChar}), "it is no regular file"},
		"large record":      {written(t, "x.json", []byte(large)), "it is larger than 64 MiB"},
		"wide record":       {zipped(t, packed{"x/record.json", wide, 0}), "it holds more than 1000000 values"},
		"being removed":     {zipped(t, packed{"runs/.pruned-x/record.json", good, 0}), "there is no record.json in it"},
		"being imported":    {zipped(t, packed{".import-1/runs/x/record.json", good, 0}), "there is no record.json in it"},
		"an id that climbs": {zipped(t, packed{"x/record.json", named("../../x"), 0}), "is no name for a run"},
		"an id that hides":  {zipped(t, packed{"x/record.json", named(".x"), 0}), "is no name for a run"},
		"no id":             {zipped(t, packed{"x/record.json", named(""), 0}), "is no name for a run"},
		"newer":             {zipped(t, packed{"x/record.json", newer, 0}), "use the newer one"},
		"something else":    {zipped(t, packed{"x/record.json", `{"name": "left-pad"}`, 0}), "it is not the record of a run: it has no version"},
		"damaged":           {zipped(t, packed{"x/record.json", "{", 0}, packed{"x/history.jsonl", "x", 0}), "it is not the record of a run: unexpected end of JSON input"},
		"no record":         {zipped(t, packed{"x/history.jsonl", "x", 0}), "it has a history and no record"},
		"nothing":           {zipped(t, packed{"x/readme.md", "x", 0}), "there is no record.json in it"},
		"no archive":        {written(t, "x.zip", []byte("PK no")), "it cannot be unpacked as a whole"},
		"no gzip":           {written(t, "x.tgz", []byte("no")), "it cannot be unpacked as a whole"},
		"not there":         {"/nowhere/x.zip", "no such file or directory"},
	} {
		s := Store{Dir: t.TempDir()}
		got := imports(t, s, c.path)
		if len(got) == 0 || !strings.HasPrefix(got[0], "not: ") || !strings.Contains(got[0], c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if list, err := s.List(t.Context(), Filter{}); err != nil || len(list) > 0 {
			t.Errorf("%s: it is here: %v, %v", name, list, err)
		}
	}
}

// One bad run keeps no other out.
func TestImportTakesTheGoodOnes(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	last := packed{"z/record.json", recordText(t, runCalled("20260101-000000-good")), 0}
	first := packed{"a/record.json", recordText(t, runCalled("20260102-000000-first")), 0}
	torn := zipped(t, first, last)
	text, err := os.ReadFile(torn)
	must(t, err)
	text[len("a/record.json")+40] ^= 0xff // in what is packed of the first
	must(t, os.WriteFile(torn, text, 0o600))
	odd := zipped(t, first, last)
	text, err = os.ReadFile(odd)
	must(t, err)
	must(t, os.WriteFile(odd, bytes.Replace(text, []byte("PK\x01\x02\x14\x03\x14\x00\x08\x00\x08"), []byte("PK\x01\x02\x14\x03\x14\x00\x08\x00\x63"), 1), 0o600))
	for name, path := range map[string]string{
		"damaged":             torn,
		"packed in a new way": odd,
		"bad names":           zipped(t, packed{"../record.json", "{}", 0}, packed{strings.Repeat("x", 300) + "/record.json", first.text, 0}, last),
		"a file as a folder":  zipped(t, packed{"record.json", "{", 0}, packed{"record.json/record.json", "{", 0}, last),
		"twice":               zipped(t, last, packed{last.name, first.text, 0}),
		"bad ones":            zipped(t, packed{"a/record.json", "{", 0}, last),
	} {
		here := Store{Dir: filepath.Join(s.Dir, name)}
		got := imports(t, here, path, "/nowhere")
		taken, refused := 0, 0
		for _, one := range got {
			switch {
			case one == "20260101-000000-good":
				taken++
			case strings.HasPrefix(one, "not: "):
				refused++
			}
		}
		if taken != 1 || refused < 2 || taken+refused != len(got) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

// Where runs lie may be told by way of a link, and a Windows program may have packed them.
func TestImportFindsRuns(t *testing.T) {
	from := tempStore(t, runCalled("20260101-000000-a"))
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(from.Dir, link))
	for _, path := range []string{link, link + "/", zipped(t, packed{`runs\20260101-000000-a\record.json`, recordText(t, runCalled("20260101-000000-a")), 0})} {
		if got := imports(t, Store{Dir: t.TempDir()}, path); len(got) != 1 || got[0] != "20260101-000000-a" {
			t.Errorf("%s: %q", path, got)
		}
	}
	put(t, from, "20260101-000000-a", recordFile, "{")
	t.Chdir(from.Dir)
	if got := (Store{Dir: t.TempDir()}).Import([]string{"."}); len(got) != 1 || got[0].From != "runs/20260101-000000-a/record.json" {
		t.Errorf("told as %+v", got)
	}
}

// An import that was killed leaves a folder, which is no run and in nobody's way, and which a later one removes.
func TestImportAfterOneThatWasKilled(t *testing.T) {
	s, from := Store{Dir: t.TempDir()}, tempStore(t, runCalled("20260101-000000-a"))
	old, fresh := filepath.Join(s.Dir, importMark+"old"), filepath.Join(s.Dir, importMark+"fresh")
	must(t, errors.Join(os.MkdirAll(filepath.Join(old, "runs", "20260101-000000-a"), 0o700), os.Mkdir(fresh, 0o700)))
	must(t, os.Chtimes(old, day, time.Now().Add(-2*forgotten)))
	if got := imports(t, s, from.Dir); len(got) != 1 || got[0] != "20260101-000000-a" {
		t.Errorf("got %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, importMark+"*")); len(left) != 1 || left[0] != fresh {
		t.Errorf("%v is left, want that which may go on", left)
	}
}

package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes a file of somebody else.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFoldersOfOthersAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		says  string // "" is no error
	}{
		{"empty", nil, ""},
		{"something", map[string]string{"index.html": "mine"}, "is not empty and no site of Friday's"},
		{"hidden", map[string]string{".git/config": "x"}, "make an empty file .friday-site in it"},
		{"allowed", map[string]string{".git/config": "x", markerFile: "\n"}, ""},
		{"in the way", map[string]string{"runs.html": "mine", markerFile: ""}, "runs.html is not Friday's and would be overwritten"},
		{"damaged", map[string]string{markerFile: "{"}, "is damaged"},
		{"newer", map[string]string{markerFile: `{"version":2}`}, "written by a newer friday"},
		{"a file for a folder", map[string]string{"runs": "mine", markerFile: ""}, "runs"},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			put(t, filepath.Join(dir, name), text)
		}
		before := state(t, dir)
		_, err := siteOf(samples()...).Write(t.Context(), dir)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			delete(before, markerFile)
		} else if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want …%s…", c.name, err, c.says)
		}
		after := state(t, dir)
		for name, was := range before {
			if after[name] != was {
				t.Errorf("%s: %s was touched", c.name, name)
			}
		}
		if c.says != "" && len(after) != len(before) {
			t.Errorf("%s: something was written: %d files, before %d", c.name, len(after), len(before))
		}
	}
}

// TestNothingOutsideIsReached: neither a marker that somebody wrote nor a link leads out of the folder.
func TestNothingOutsideIsReached(t *testing.T) {
	around := t.TempDir()
	dir, victim := filepath.Join(around, "site"), filepath.Join(around, "victim")
	put(t, victim, "precious")
	put(t, filepath.Join(dir, markerFile), `{"version":1,"files":{"../victim":"x","/`+victim+`":"x","runs/../../victim":"x"}}`)
	if _, err := siteOf().Write(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "cannot remove ../victim") {
		t.Errorf("error %v", err)
	}
	linked := filepath.Join(around, "linked")
	put(t, filepath.Join(linked, markerFile), "")
	if err := os.Symlink(around, filepath.Join(linked, "runs")); err != nil {
		t.Fatal(err)
	}
	if _, err := siteOf(samples()...).Write(t.Context(), linked); err == nil {
		t.Error("it wrote through a link that leads out")
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
		t.Errorf("the victim holds %q, %v", text, err)
	}
	if list, err := os.ReadDir(around); err != nil || len(list) != 3 {
		t.Errorf("around are %v, %v", list, err)
	}
}

func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	first, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := siteOf().Write(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "another friday is writing") {
		t.Errorf("error %v", err)
	}
	first.close()
	written(t, siteOf(), dir)
}

func TestAFileThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	s := siteOf(samples()...)
	put(t, filepath.Join(dir, markerFile), `{"version":1,"files":{"`+s.jobs()[0].page+`":""}}`)
	put(t, filepath.Join(dir, s.jobs()[0].page, "in-the-way"), "mine") // a folder where a file of ours is to be
	done, err := s.Write(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), s.jobs()[0].page) {
		t.Errorf("error %v", err)
	}
	if done.Written != 2*6+3-1 {
		t.Errorf("the others are written: %+v", done)
	}
	if err := os.RemoveAll(filepath.Join(dir, s.jobs()[0].page)); err != nil {
		t.Fatal(err)
	}
	if done := written(t, s, dir); done.Written != 2 {
		t.Errorf("it is tried again: %+v", done)
	}
}

package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
)

// sealed is a line with a right checksum, whatever it says.
func sealed(body string) string {
	return fmt.Sprintf("%08x %s\n", crc32.ChecksumIEEE([]byte(body)), body)
}

func intends(id string) string {
	change, err := json.Marshal(faultUndo{Path: id}.change())
	if err != nil {
		panic(err)
	}
	return sealed(fmt.Sprintf(`{"v":1,"at":"2026-01-02T03:04:05Z","verb":"intend","entries":[{"id":%q,"change":%s,"deadline":"2026-01-02T03:04:05Z"}]}`, id, change))
}

func tells(verb, id string) string {
	return sealed(fmt.Sprintf(`{"v":1,"at":"2026-01-02T03:04:05Z","verb":%q,"id":%q}`, verb, id))
}

func writeJournal(t *testing.T, state, run, text string) string {
	t.Helper()
	path := OpenPath(state, run)
	if err := makeDir(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	rotten := strings.Replace(intends("b"), `"b"`, `"x"`, 1)
	for name, tc := range map[string]struct {
		text string
		owed []string
		err  string // part of the error; empty is none
	}{
		"empty":                  {"", nil, ""},
		"one":                    {intends("a"), []string{"r/a"}, ""},
		"settled":                {intends("a") + intends("b") + tells("settled", "a"), []string{"r/b"}, ""},
		"broken again":           {intends("a") + tells("settled", "a") + intends("a"), []string{"r/a"}, ""},
		"failed is owed":         {intends("a") + tells("failed", "a"), []string{"r/a"}, ""},
		"torn":                   {intends("a") + "1234", []string{"r/a"}, ""},
		"zeros at the end":       {intends("a") + "\x00\x00\x00", []string{"r/a"}, ""},
		"rot in the middle":      {intends("a") + rotten + intends("c"), []string{"r/a", "r/c"}, "r.jsonl:2: the line is damaged"},
		"rot at the end":         {intends("a") + rotten, []string{"r/a"}, "r.jsonl:2: the line is damaged"},
		"torn, then written on":  {intends("a")[:20] + intends("b") + intends("c"), []string{"r/c"}, "r.jsonl:1: the line is damaged"},
		"an empty line":          {intends("a") + "\n" + intends("b"), []string{"r/a", "r/b"}, "r.jsonl:2: the line is damaged"},
		"no checksum":            {strings.SplitN(intends("a"), " ", 2)[1], nil, "r.jsonl:1: the line is damaged"},
		"a newer version":        {sealed(`{"v":2,"verb":"intend","news":1}`) + intends("b"), []string{"r/b"}, "r.jsonl:1: the line has version 2"},
		"no version":             {sealed(`{"verb":"settled","id":"a"}`), nil, "version 0"},
		"an unknown verb":        {intends("a") + tells("postponed", "a"), []string{"r/a"}, `does not know the verb "postponed"`},
		"an unknown field":       {intends("a") + sealed(`{"v":1,"verb":"settled","id":"a","unless":"rain"}`), []string{"r/a"}, "does not understand the line"},
		"not JSON":               {sealed("hello"), nil, "the line is damaged"},
		"a checksum with a sign": {strings.Replace(intends("a"), intends("a")[:8], "+"+intends("a")[1:8], 1), nil, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			state := t.TempDir()
			path := writeJournal(t, state, "r", tc.text)
			debts, err := Owed(state)
			var owed []string
			for _, d := range debts {
				owed = append(owed, d.Run+"/"+d.Entry.ID)
			}
			if !slices.Equal(owed, tc.owed) {
				t.Errorf("owed %q, want %q", owed, tc.owed)
			}
			switch {
			case tc.err == "" && err != nil:
				t.Errorf("error %v", err)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err) || !strings.Contains(err.Error(), path)):
				t.Errorf("error %v, want %q and the file", err, tc.err)
			}
		})
	}
}

// TestATornLastLineIsNoIntent cuts a journal at every byte of its last line, as a kill or a power failure would.
func TestATornLastLineIsNoIntent(t *testing.T) {
	state := t.TempDir()
	first, last := intends("a"), intends("b")
	for n := range len(last) {
		writeJournal(t, state, "r", first+last[:n])
		if got := owedIDs(t, state); !slices.Equal(got, []string{"r/a"}) {
			t.Fatalf("cut after %d bytes of the last line: owed %q", n, got)
		}
	}
	writeJournal(t, state, "r", first+last)
	if got := owedIDs(t, state); !slices.Equal(got, []string{"r/a", "r/b"}) {
		t.Fatalf("whole: owed %q", got)
	}
}

// TestEveryFlippedByteIsFound: no single wrong byte in the middle of a journal passes for something else.
func TestEveryFlippedByteIsFound(t *testing.T) {
	state := t.TempDir()
	first, middle, last := intends("a"), tells("settled", "a"), intends("b")
	for n := range len(middle) {
		text := []byte(first + middle + last)
		text[len(first)+n] ^= 0x01
		writeJournal(t, state, "r", string(text))
		if _, err := Owed(state); err == nil {
			t.Fatalf("byte %d of the middle line is wrong, and nobody saw it: %s", n, text[len(first):len(first)+len(middle)])
		}
	}
}

func TestOwedIsNeverSilentlyNothing(t *testing.T) {
	t.Run("no state directory at all", func(t *testing.T) {
		if got := owedIDs(t, filepath.Join(t.TempDir(), "none")); got != nil {
			t.Errorf("owed %q", got)
		}
	})
	t.Run("a folder in place of a journal", func(t *testing.T) {
		state := t.TempDir()
		if err := makeDir(OpenPath(state, "r")); err != nil {
			t.Fatal(err)
		}
		if _, err := Owed(state); err == nil || !strings.Contains(err.Error(), OpenPath(state, "r")) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a file in place of the folder", func(t *testing.T) {
		state := t.TempDir()
		put(t, filepath.Join(state, journalDir))
		if _, err := Owed(state); err == nil || !strings.Contains(err.Error(), filepath.Join(state, journalDir)) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a state directory with brackets in its name", func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "[a")
		writeJournal(t, state, "r", intends("a"))
		if got := owedIDs(t, state); !slices.Equal(got, []string{"r/a"}) {
			t.Errorf("owed %q", got)
		}
	})
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	state := t.TempDir()
	j, err := Create(state, "r")
	if err != nil {
		t.Fatal(err)
	}
	a, b := entry("a", faultUndo{Path: "/a\n\"b\u2028"}), entry("b", faultUndo{Path: "/b"})
	gone := Entry{ID: "c", Change: attacks.Change{Kind: "test.file", Irreversible: true}}
	if err := j.Intend(a, b, gone); err != nil {
		t.Fatal(err)
	}
	if err := j.Injected("b", nil); err != nil {
		t.Fatal(err)
	}
	debts, err := Owed(state)
	if err != nil || len(debts) != 2 {
		t.Fatalf("owed %v, error %v", debts, err)
	}
	for i, want := range []Debt{{Run: "r", Entry: a}, {Run: "r", Entry: b, Injected: true}} {
		got := debts[i]
		if got.Run != want.Run || got.Injected != want.Injected || got.Entry.ID != want.Entry.ID || !got.Entry.Deadline.Equal(want.Entry.Deadline) ||
			got.Entry.Change.Kind != want.Entry.Change.Kind || got.Entry.Change.Target != want.Entry.Change.Target || !bytes.Equal(got.Entry.Change.Undo, want.Entry.Change.Undo) {
			t.Errorf("debt %d is %+v, want %+v", i, got, want)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

package todo_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// all is a list with one finding of each kind that a reader meets.
func all() todo.View {
	other := func(name string, more ...tell) []tell {
		return append([]tell{func(r *digest.Run) { r.Scenario, r.Service, r.Owner = name, name, "" }}, more...)
	}
	advised := func(r *digest.Run) {
		r.Steps[0].Results[0].Advice = "let the route have a receiver that somebody reads"
	}
	runs := []digest.Run{
		ran(1, judge.Silent, broken(verify.Routed, "SF-15"), advised), ran(9, judge.Silent, broken(verify.Routed, "SF-15"), advised),
		ran(2, judge.Silent, other("payments", broken(verify.SignalEmitted, ""))...), ran(3, judge.Pass, other("payments")...),
		ran(4, judge.Late, other("search")...), ran(5, judge.Silent, other("search")...),
		ran(6, judge.Unexpected, other("mail", control)...),
		ran(7, judge.Pass, other("stock", left("process.pause on stock (pid 812): operation not permitted"))...),
		ran(8, judge.Pass, other("ledger", died("ledger-check"))...),
		ran(3, judge.Void, other("cache")...),
		ran(4, judge.Silent, other("gone")...), ran(5, judge.Pass, other("gone", func(r *digest.Run) { r.Steps[0].Results[0].Key = "bb" })...),
	}
	id := func(n int) string { return todo.Of(runs[n])[0].ID }
	none := on(6, todo.Close, id(5), "the page went to the other team")
	none.FalseSilence = true
	acts := []todo.Act{
		on(2, todo.Close, silentID, "added a receiver"), none, on(5, todo.Own, id(2), "ada"), on(5, todo.Note, id(2), "waits for the new host"),
		on(6, todo.Close, id(9), ""), on(7, todo.Reopen, id(9), "still no effect"),
	}
	v := todo.View{Now: day(20), Runs: len(runs)}
	v.Items, v.Hidden = todo.Filter{All: true}.Pick(todo.List(runs, acts))
	return v
}

func render(t *testing.T, f func(v todo.View) ([]byte, error), v todo.View) []byte {
	t.Helper()
	out, err := f(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func format(name string) func(v todo.View) ([]byte, error) {
	return func(v todo.View) ([]byte, error) {
		for _, f := range todo.Formats() {
			if f.Name == name {
				var b bytes.Buffer
				err := f.Render(&b, v)
				return b.Bytes(), err
			}
		}
		return nil, fmt.Errorf("no format %q", name)
	}
}

func TestGoldenFormats(t *testing.T) {
	v := all()
	v.Unread = []string{"run 20260101-x: record.json is damaged"}
	for name, file := range map[string]string{"text": "all.txt", "markdown": "all.md", "html": "all.html", "json": "all.json", "csv": "all.csv"} {
		got := render(t, format(name), v)
		sample.Golden(t, file, got)
		if again := render(t, format(name), v); !bytes.Equal(got, again) {
			t.Errorf("%s: not the same twice", name)
		}
	}
}

func TestWhatAListSaysOfItself(t *testing.T) {
	item := func(s todo.State) todo.Item { return todo.Item{ID: "F-1", State: s} }
	for _, c := range []struct {
		v    todo.View
		want string
	}{
		{todo.View{}, "no runs yet, so nothing was found yet"},
		{todo.View{Unread: []string{"x"}}, "nothing to do; 0 runs read, and not all could be read"},
		{todo.View{Runs: 1}, "nothing to do; 1 run read"},
		{todo.View{Runs: 2, Hidden: 3}, "nothing to do; 3 closed (--all shows them); 2 runs read"},
		{todo.View{Runs: 9, Items: []todo.Item{item(todo.Open), item(todo.Regressed), item(todo.Open), item(todo.Closed)}}, "1 regressed, 2 open, 1 closed; 9 runs read"},
		{todo.View{Runs: 9, Hidden: 1, Items: []todo.Item{item(todo.Open)}}, "1 open; 1 closed (--all shows them); 9 runs read"},
	} {
		for _, name := range []string{"text", "markdown"} {
			lines := strings.Split(strings.TrimSpace(string(render(t, format(name), c.v))), "\n")
			if got := lines[len(lines)-1]; got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	}
}

// hostile is a view in which every text is one that wants to do harm.
func hostile(text string) todo.View {
	return todo.View{Now: day(20), Runs: 1, Unread: []string{text}, Items: []todo.Item{{
		ID: "F-aaaaaa", What: todo.Result, State: todo.Open, Scenario: text, Service: text, Environment: text, Step: text, Key: text, Text: text,
		Verdict: judge.Silent, Kind: "SF-01", Hop: "routed", Reason: text, Advice: text, Owner: text, First: day(1), Last: day(2), LastRun: text,
		Runs: 1, Closed: day(3), ClosedBy: text, Because: text, Note: text, Overturned: []string{text},
	}}}
}

func TestHostileTextsDoNoHarm(t *testing.T) {
	formulas := []string{"=cmd|'/c calc'!A0", "+1+1", "-2+3", "@SUM(A1)", " =1", "\t=1"}
	for _, text := range append(formulas, sample.Hostile...) {
		v := hostile(text)
		for _, line := range strings.Split(string(render(t, format("text"), v)), "\n") {
			sample.CheckPlain(t, line)
		}
		markdown := string(render(t, format("markdown"), v))
		for _, line := range strings.Split(markdown, "\n") {
			sample.CheckPlain(t, strings.ReplaceAll(line, "@\u2060", "@"))
			if strings.HasPrefix(line, "#") && line != "## To do" {
				t.Errorf("a heading from outside: %q", line)
			}
		}
		for _, bad := range []string{"<script", "<img", "[x](", "x](", "**bold**", "\n```"} {
			if strings.Contains(markdown, bad) {
				t.Errorf("markdown holds %q", bad)
			}
		}
		page := string(render(t, format("html"), v))
		for _, bad := range []string{"<script", "<img", `href="javascript`} {
			if strings.Contains(strings.ToLower(page), bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		var back struct{ Items []todo.Item }
		if err := json.Unmarshal(render(t, format("json"), v), &back); err != nil || len(back.Items) != 1 {
			t.Errorf("json: %v", err)
		}
		rows, err := csv.NewReader(bytes.NewReader(render(t, format("csv"), v))).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
			t.Fatalf("csv: %d rows, %v", len(rows), err)
		}
		for _, cell := range rows[1] {
			sample.CheckPlain(t, cell)
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}

// full is a disk that is.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAWriteThatFailsIsTold(t *testing.T) {
	for _, f := range todo.Formats() {
		if err := f.Render(full{}, all()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

func TestColoursAreOnlyOnATerminal(t *testing.T) {
	var plain, coloured bytes.Buffer
	if err := errors.Join(todo.Text(false)(&plain, all()), todo.Text(true)(&coloured, all())); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[1;31mREGRESSED\x1b[0m") {
		t.Errorf("plain:\n%s\ncoloured:\n%s", plain.String(), coloured.String())
	}
}

func TestFindTakesABeginning(t *testing.T) {
	items := []todo.Item{
		{ID: "F-3fa2c1", State: todo.Open, Scenario: "a"},
		{ID: "F-3fa2c1ab", State: todo.Open, Scenario: "b"},
		{ID: "F-3b0000", State: todo.Closed},
		{ID: "F-f00000", State: todo.Closed},
	}
	for text, want := range map[string]string{
		"F-3fa2c1": "F-3fa2c1", "f-3FA2C1AB": "F-3fa2c1ab", "3fa2c1a": "F-3fa2c1ab", "3b": "F-3b0000", " F-3B ": "F-3b0000", "f0": "F-f00000", "f": "F-f00000",
	} {
		if got, err := todo.Find(items, text); err != nil || got.ID != want {
			t.Errorf("%s: %s, %v", text, got.ID, err)
		}
	}
	for text, want := range map[string]string{
		"3fa2":     "3fa2 fits several findings:\n  F-3fa2c1",
		"F-":       "no finding is called F-",
		"":         "those that are not closed: F-3fa2c1, F-3fa2c1ab",
		"F-3b0001": "did you mean F-3b0000?",
		"F-999999": "those that are not closed",
		"\x1b[2J":  `\x1b[2J`,
	} {
		if _, err := todo.Find(items, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := todo.Find(nil, "F-1"); err == nil || !strings.Contains(err.Error(), "friday todo --all") {
		t.Errorf("of none: %v", err)
	}
}

func TestPick(t *testing.T) {
	items := []todo.Item{
		{ID: "F-1", State: todo.Regressed, Owner: "Ada", Service: "shop"},
		{ID: "F-2", State: todo.Open, Service: "shop"},
		{ID: "F-3", State: todo.Closed, Owner: "ada", Service: "shop"},
		{ID: "F-4", State: todo.Open, Owner: "bob", Service: "mail"},
	}
	for _, c := range []struct {
		f      todo.Filter
		want   string
		closed int
	}{
		{todo.Filter{}, "F-1 F-2 F-4", 1},
		{todo.Filter{All: true}, "F-1 F-2 F-3 F-4", 0},
		{todo.Filter{Owner: "ADA"}, "F-1", 1},
		{todo.Filter{Owner: "ada", All: true}, "F-1 F-3", 0},
		{todo.Filter{Owner: todo.Nobody}, "F-2", 0},
		{todo.Filter{Service: "mail"}, "F-4", 0},
		{todo.Filter{Service: "mail", Owner: "ada"}, "", 0},
	} {
		got, closed := c.f.Pick(items)
		var ids []string
		for _, i := range got {
			ids = append(ids, i.ID)
		}
		if strings.Join(ids, " ") != c.want || closed != c.closed {
			t.Errorf("%+v: %v, %d closed", c.f, ids, closed)
		}
	}
}

func TestAnItemSurvivesJSON(t *testing.T) {
	for _, i := range all().Items {
		text, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		var back todo.Item
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		i.First, back.First = i.First.Round(time.Second), back.First.Round(time.Second)
		if fmt.Sprintf("%+v", back) != fmt.Sprintf("%+v", i) {
			t.Errorf("%+v\n%+v", i, back)
		}
	}
}

package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestAProblemShowsWhereAndWhat(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    Problem
		want string
	}{
		{
			"whole",
			Problem{Pos{"a.yaml", 3, 5}, `unknown key "wihtin"`, `did you mean "within"?`, "    wihtin: 1m"},
			"a.yaml:3:5: unknown key \"wihtin\"\n    3 |     wihtin: 1m\n            ^\n        did you mean \"within\"?",
		},
		{"nowhere", Problem{Msg: "no file"}, "no file"},
		{"only the file", Problem{Pos: Pos{File: "a.yaml"}, Msg: "empty"}, "a.yaml: empty"},
		{
			"tabs stay tabs",
			Problem{Pos{"a.yaml", 1, 4}, "m", "", "\tä\tx"},
			"a.yaml:1:4: m\n    1 | \tä\tx\n        \t \t^",
		},
		{
			"control characters are not passed on",
			Problem{Pos{"a.yaml", 1, 2}, "m", "", "a\x1b[31m"},
			"a.yaml:1:2: m\n    1 | a\uFFFD[31m\n         ^",
		},
		{
			"a column behind the end",
			Problem{Pos{"a.yaml", 1, 99}, "m", "", "ab"},
			"a.yaml:1:99: m\n    1 | ab\n          ^",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.p.String(); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestALongLineIsCutAroundTheCaret(t *testing.T) {
	line := strings.Repeat("a", 500) + "X" + strings.Repeat("b", 500)
	shown, caret := excerpt(line, 501)
	if got := []rune(shown)[len([]rune(caret))]; got != 'X' {
		t.Errorf("the caret points at %q in %s", got, shown)
	}
	if n := len([]rune(shown)); n > before+after+2 {
		t.Errorf("%d characters are shown", n)
	}
	if !strings.HasPrefix(shown, "…") || !strings.HasSuffix(shown, "…") {
		t.Errorf("the cuts are not marked: %s", shown)
	}
}

func TestAReportIsInTheOrderOfTheFile(t *testing.T) {
	r := NewReport([]byte("one\r\ntwo\nthree"))
	if err := r.Err(); err != nil {
		t.Fatalf("an empty report is an error: %v", err)
	}
	r.Add(Pos{"f", 3, 1}, "c", "")
	r.Add(Pos{"f", 1, 2}, "b", "")
	r.Add(Pos{"f", 1, 1}, "a", "")
	r.Add(Pos{File: "f"}, "first", "")
	err := fmt.Errorf("wrapped: %w", r.Err())
	var order []string
	for _, p := range All(err) {
		order = append(order, p.Msg+"="+p.Line)
	}
	if got := strings.Join(order, " "); got != "first= a=one b=one c=three" {
		t.Errorf("got %s", got)
	}
	if All(errors.New("other")) != nil {
		t.Error("another error carries problems")
	}
}

func TestNearestKnowsATypoFromAnotherWord(t *testing.T) {
	known := []string{"within", "notified", "at_most", "url", "hold", "process.kill", "process.pause"}
	for word, want := range map[string]string{
		"wihtin": "within", "withing": "within", "Within": "within", "atmost": "at_most", "ulr": "url", "holdd": "hold",
		"process.kil": "process.kill", "proces.pause": "process.pause", "uri": "url",
		"deadline": "", "x": "", "": "", "fold_it": "", strings.Repeat("w", 300): "",
	} {
		got, ok := Nearest(word, known)
		if got != want || ok != (want != "") {
			t.Errorf("%.20q: got %q, %v, want %q", word, got, ok, want)
		}
	}
}

func TestTheHintListsAFewKnownWordsIfNoneIsNear(t *testing.T) {
	if got := DidYouMean("zzz", []string{"a_word", "b_word"}); got != "known here: a_word, b_word" {
		t.Errorf("got %q", got)
	}
	if got := DidYouMean("zzz", make([]string, 17)); got != "" {
		t.Errorf("got %q", got)
	}
	if got := DidYouMean("a_wrod", []string{"a_word"}); got != `did you mean "a_word"?` {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsHiddenIsToldNowhere(t *testing.T) {
	r := NewReport([]byte("a: \"s€cret\", b: s€cret, c: abc"))
	r.Hide("s€cret")
	r.Hide("abc") // too short
	r.Add(Pos{"f", 1, 1}, `a is "s€cret"`, "say it otherwise")
	r.Add(Pos{"f", 1, 27}, "c is abc", "")
	text := r.Err().Error()
	if strings.Contains(text, "cret") || strings.Count(text, "••••••") != 5 || !strings.Contains(text, "c is abc") {
		t.Errorf("got\n%s", text)
	}
	if want := "    1 | a: \"••••••\", b: ••••••, c: abc\n                                  ^"; !strings.Contains(text, want) {
		t.Errorf("the caret has moved:\n%s", text)
	}
}

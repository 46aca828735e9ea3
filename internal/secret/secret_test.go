package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const canary = `can"ary+3f9a 7c`

func TestValueNeverShowsItself(t *testing.T) {
	v := New(canary)
	data, err := json.Marshal(struct{ Token Value }{v})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{v.String(), fmt.Sprint(v), fmt.Sprintf("%v %+v %#v %s", v, v, v, v), string(data)} {
		if strings.Contains(text, "ary") {
			t.Errorf("it shows itself: %s", text)
		}
	}
	if v.Reveal() != canary || v.IsZero() {
		t.Error("the one who sends it does not get it")
	}
}

func TestScrubber(t *testing.T) {
	var s Scrubber
	s.Learn(New(canary), New("abc"), New("canary-longer"), New("canary"))
	inJSON, err := json.Marshal("token " + canary)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"x" + canary + "y", string(inJSON), "?token=can%22ary%2B3f9a+7c&x"} {
		if got := s.Clean(text); strings.Contains(got, "3f9a") || !strings.Contains(got, redacted) {
			t.Errorf("%s became %s", text, got)
		}
	}
	if got := s.Clean("abc canary-longer"); got != "abc "+redacted {
		t.Errorf("got %q: short words stay, the longest secret goes first", got)
	}
	var out bytes.Buffer
	w := s.Writer(&out)
	if n, err := w.Write([]byte("a canary\n")); err != nil || n != 9 {
		t.Errorf("%d %v", n, err)
	}
	if out.String() != "a "+redacted+"\n" {
		t.Errorf("wrote %q", out.String())
	}
}

func TestLogins(t *testing.T) {
	for _, c := range []struct {
		user, password, said string
		want                 string
	}{
		{"ada", "s3cret", "ada s3cret", "ada [redacted]"},
		{"ada", "s3cret", "Basic YWRhOnMzY3JldA==", "Basic [redacted]"},
		{"ada", "s3cret", "AUTH PLAIN AGFkYQBzM2NyZXQ=", "AUTH PLAIN [redacted]"},
		{"t0ken", "", "t0ken Basic dDBrZW46", "[redacted] Basic [redacted]"},
	} {
		var s Scrubber
		s.LearnLogin(c.user, c.password)
		if got := s.Clean(c.said); got != c.want {
			t.Errorf("%q became %q, want %q", c.said, got, c.want)
		}
	}
}

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("  from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"TOKEN": "from-env"}[name] }
	for _, c := range []struct {
		ref  Ref
		want string
		err  string
	}{
		{Ref{Env: "TOKEN"}, "from-env", ""},
		{Ref{File: file}, "from-file", ""},
		{Ref{Env: "NONE"}, "", "NONE is not set"},
		{Ref{File: empty}, "", "is empty"},
		{Ref{File: file + "x"}, "", "cannot read"},
		{Ref{Env: "TOKEN", File: file}, "", "not from both"},
		{Ref{}, "", "no secret is named"},
	} {
		got, err := c.ref.Read(getenv)
		switch {
		case c.err == "" && (err != nil || got.Reveal() != c.want):
			t.Errorf("%+v: %q, %v", c.ref, got.Reveal(), err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%+v: error %v, want …%s…", c.ref, err, c.err)
		}
	}
}

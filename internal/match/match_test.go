package match

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		terms []string
		yes   []string
		no    []string
	}{
		{[]string{"Checkout"}, []string{"Checkout"}, []string{"checkout", "Checkout down", ""}},
		{[]string{"/down/"}, []string{"checkout is down", "down"}, []string{"DOWN", "up"}},
		{[]string{"/down/i"}, []string{"DOWN"}, []string{"up"}},
		{[]string{"/^a/b$/"}, []string{"a/b"}, []string{"xa/b"}},
		{[]string{"!Checkout"}, []string{"Payments", ""}, []string{"Checkout"}},
		{[]string{"!/test/"}, []string{"prod"}, []string{"a test"}},
		{[]string{"a", "/^b/"}, []string{"a", "bc"}, []string{"c", ""}},
		{[]string{"/./", "!c"}, []string{"a"}, []string{"c"}},
		{[]string{"!a", "!b"}, []string{"c"}, []string{"a", "b"}},
		{[]string{`\!a`}, []string{"!a"}, []string{"a", "b"}},
		{[]string{`\/a/`}, []string{"/a/"}, []string{"a"}},
		{nil, []string{"anything", ""}, nil},
	} {
		p, err := New(c.terms...)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.yes {
			if !p.Match(s) {
				t.Errorf("%v does not match %q", c.terms, s)
			}
		}
		for _, s := range c.no {
			if p.Match(s) {
				t.Errorf("%v matches %q", c.terms, s)
			}
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Pattern
		if err := json.Unmarshal(data, &back); err != nil || back.String() != p.String() {
			t.Errorf("%v does not survive JSON: %s, %v", c.terms, data, err)
		}
	}
}

func TestBadPatterns(t *testing.T) {
	for text, want := range map[string]string{
		"/open":  "no closing slash",
		"!/open": "no closing slash",
		"/a/x":   `unknown flag "x"`,
		"/(/":    "missing closing )",
	} {
		if _, err := New(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want …%s…", text, err, want)
		}
	}
}

func TestExactAndEmpty(t *testing.T) {
	if v, ok := Must("a").Exact(); !ok || v != "a" {
		t.Error("a plain string is exact")
	}
	for _, p := range []Pattern{Must("/a/"), Must("!a"), Must("a", "b"), {}} {
		if _, ok := p.Exact(); ok {
			t.Errorf("%s is not exact", p)
		}
	}
	if !(Pattern{}).Empty() || Must("a").Empty() || !(Pattern{}).IsZero() {
		t.Error("only the zero pattern is empty")
	}
}

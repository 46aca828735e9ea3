package mail

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// at is a predicate on one part of a mail.
func at(part, how, what string) Predicate {
	p := Predicate{In: part}
	switch how {
	case "contains":
		p.Contains = what
	case "exactly":
		p.Exactly = what
	default:
		p.Regex = what
	}
	return p
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	m := letter{subject: "DOWN web 1", from: []string{"a@x.org", "b@y.org"}, body: "first line\nsecond Line\n"}
	yes, no := at(partSubject, "contains", "web"), at(partSubject, "contains", "Web")
	for _, c := range []struct {
		name string
		p    Predicate
		want bool
	}{
		{"contains", yes, true},
		{"contains minds the case", no, false},
		{"exactly", at(partSubject, "exactly", "DOWN web 1"), true},
		{"exactly is not a part of it", at(partSubject, "exactly", "DOWN web"), false},
		{"exactly, of one sender", at(partFrom, "exactly", "b@y.org"), true},
		{"contains, of one sender", at(partFrom, "contains", "@x"), true},
		{"no sender contains two", at(partFrom, "contains", "x.org, b"), false},
		{"regex", at(partSubject, "regex", `web \d$`), true},
		{"a dot is a line's end, too", at(partBody, "regex", "line.second"), true},
		{"^ and $ are those of each line", at(partBody, "regex", "^second Line$"), true},
		{`\A is that of the mail`, at(partBody, "regex", `\Asecond`), false},
		{"all", Predicate{All: []Predicate{yes, yes}}, true},
		{"all but one", Predicate{All: []Predicate{yes, no}}, false},
		{"any", Predicate{Any: []Predicate{no, yes}}, true},
		{"none of any", Predicate{Any: []Predicate{no, no}}, false},
		{"not", Predicate{Not: &no}, true},
		{"not not", Predicate{Not: &Predicate{Not: &no}}, false},
		{"deeper", Predicate{All: []Predicate{yes, {Any: []Predicate{no, {Not: &no}}}}}, true},
	} {
		f := faults{}
		if f.predicate("p", c.p); len(f.found) > 0 {
			t.Errorf("%s: %v", c.name, f.found)
		}
		compiled := compiler{flags: defaultFlags}
		if got := compiled.predicate(c.p)(m); got != c.want || compiled.err != nil {
			t.Errorf("%s: %v, %v; want %v", c.name, got, compiled.err, c.want)
		}
	}
}

func TestExtractors(t *testing.T) {
	t.Parallel()
	m := letter{subject: " ab-12 ", from: []string{"a@x.org", "b@y.org"}, body: "Host: web-1\nService:  Checkout API \nHost: web-2\n"}
	for _, c := range []struct {
		name  string
		x     Extract
		flags string
		want  string
	}{
		{"entire", Extract{From: partSubject}, "", "ab-12"},
		{"all senders", Extract{From: partFrom}, "", "a@x.org, b@y.org"},
		{"one group", Extract{From: partSubject, Regex: `(\d+)`}, "", "12"},
		{"several groups are joined", Extract{From: partSubject, Regex: `([a-z])([a-z])`}, "", "a-b"},
		{"a group that takes no part", Extract{From: partSubject, Regex: `(?:(x)|(ab))-(\d)`}, "", "ab-1"},
		{"an empty group", Extract{From: partSubject, Regex: `(x*)ab`}, "", ""},
		{"no match", Extract{From: partSubject, Regex: `(z)`}, "", ""},
		{"the first match", Extract{From: partBody, Regex: `Host: (\S+)`}, "", "web-1"},
		{"between", Extract{From: partBody, After: "Service:", Before: "\n"}, "", "Checkout API"},
		{"between has no beginning", Extract{From: partBody, After: "Team:", Before: "\n"}, "", ""},
		{"between has no end", Extract{From: partBody, After: "Service:", Before: "!"}, "", ""},
		{"between ends after it began", Extract{From: partBody, After: "Service:", Before: "Host:"}, "", "Checkout API"},
		{"a dot ends with the line", Extract{From: partBody, Regex: `Service:(.*)`}, "m", "Checkout API"},
		{"in any case", Extract{From: partBody, Regex: `(?U)service:(.*)$`}, "mi", "Checkout API"},
	} {
		f := faults{}
		if f.extract("x", c.x); len(f.found) > 0 {
			t.Errorf("%s: %v", c.name, f.found)
		}
		compiled := compiler{flags: c.flags}
		if got := compiled.extract(c.x)(m); got != c.want || compiled.err != nil {
			t.Errorf("%s: %q, %v; want %q", c.name, got, compiled.err, c.want)
		}
	}
}

// TestOrder: the filter comes first, then the rules in their order, then the fallback.
func TestOrder(t *testing.T) {
	t.Parallel()
	key := func(regex string) map[string]Extract {
		return map[string]Extract{keyName: {From: partSubject, Regex: regex}, "by": {From: partBody}}
	}
	params := Params{
		Filter: Predicate{Not: &Predicate{In: partFrom, Contains: "@shop"}},
		Rules: []Rule{
			{Action: "resolve", Match: at(partSubject, "contains", "OK"), Extract: key(`#(\d+)`)},
			{Action: "trigger", Match: at(partSubject, "contains", "#"), Extract: key(`#(\d+)`)},
			{Action: "trigger", Match: at(partSubject, "contains", "#"), Extract: key(`(#.*)`)},
		},
	}
	for _, c := range []struct{ from, subject, discarded, opened string }{
		{"a@x", "down #1", "2 1", "2 1"},
		{"a@x", "OK #1", "3 1", "3 1"},
		{"a@shop", "down #1", "1 ", "1 "},
		{"a@x", "OK #x", "2 #x", "2 #x"}, // the first two find no key
		{"a@x", "weather", "0 ", "2 "},
	} {
		for fallback, want := range map[string]string{discard: c.discarded, openNew: c.opened} {
			params.Fallback = fallback
			if bad := params.checkRules(); len(bad) > 0 {
				t.Fatal(bad)
			}
			e, err := params.compile()
			if err != nil {
				t.Fatal(err)
			}
			got := e.read(letter{subject: c.subject, from: []string{c.from}, body: "x"})
			if fmt.Sprintf("%d %s", got.means, got.key) != want {
				t.Errorf("%s from %s, %s: %+v, want %s", c.subject, c.from, fallback, got, want)
			}
		}
	}
}

func TestKeysStayApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	keys := map[string]bool{}
	for _, k := range []string{"a", long + "1", long + "2", "a\x00b", "a\x01b", "a\nb", "a b"} {
		short := shortKey(k)
		if len(short) > longestKey || printable(short) != short || keys[short] {
			t.Errorf("%q became %q", k, short)
		}
		keys[short] = true
	}
}

// TestAllFaultsAtOnce: each fault of each rule, with the path to it.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	p := Params{
		URL: "imap://u@h/x", Poll: 1, Preset: "zabbix", Fallback: "open",
		Filter: Predicate{In: "header", Contains: "x"},
		Rules: []Rule{
			{Match: Predicate{}, Extract: map[string]Extract{"service": {From: "body"}}},
			{Match: Predicate{All: []Predicate{{Any: []Predicate{}}, {In: partBody}, {Not: &Predicate{Regex: "("}}}}, Extract: map[string]Extract{
				keyName: {From: partSubject, Regex: "x"}, "a": {From: partBody, Regex: "((x))"}, "b": {From: partBody, After: "x"},
				"c": {From: "to", Regex: "(", After: "x", Before: "y"},
			}},
			{Match: Predicate{In: partBody, Contains: "x", Regex: "y", Any: []Predicate{at(partBody, "exactly", "z")}}, Extract: map[string]Extract{keyName: {From: partSubject}}},
		},
	}
	want := []string{
		"fallback", "filter.in", "password", "poll", "preset", "rules[0].extract", "rules[0].match",
		"rules[1].extract.a.regex", "rules[1].extract.b", "rules[1].extract.c", "rules[1].extract.c.from", "rules[1].extract.c.regex", "rules[1].extract.incident_key.regex",
		"rules[1].match.all[0].any", "rules[1].match.all[1]", "rules[1].match.all[2].not.in", "rules[1].match.all[2].not.regex",
		"rules[2].match", "rules[2].match", "url",
	}
	var got []string
	for _, bad := range p.Check() {
		got = append(got, bad.Field)
		if bad.Msg == "" {
			t.Errorf("%s: no word", bad.Field)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("faults at\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPresetsAreGood: what the user's rules are checked for holds for ours.
func TestPresetsAreGood(t *testing.T) {
	t.Parallel()
	for _, s := range presets {
		p := Params{Filter: s.filter, Rules: s.rules}
		if bad := p.checkRules(); len(bad) > 0 {
			t.Errorf("%s: %v", s.name, bad)
		}
		if _, err := p.compile(); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		for _, r := range s.rules {
			if !slices.Contains([]string{"trigger", "resolve"}, r.Action) || !slices.Contains(slices.Collect(maps.Keys(r.Extract)), keyName) {
				t.Errorf("%s: %+v", s.name, r)
			}
		}
	}
}

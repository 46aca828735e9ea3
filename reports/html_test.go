package reports

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// element is a start tag of a page with the text that follows it.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// parsed reads a page; a page that is not well nested fails the test.
func parsed(t *testing.T, page string) []element {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(page))
	dec.Strict, dec.AutoClose, dec.Entity = false, []string{"meta"}, xml.HTMLEntity
	var all []element
	var open []int
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("the page cannot be parsed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			open = append(open, len(all))
			all = append(all, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				all[i].text += string(token)
			}
		}
	}
}

// elements are all that the page is made of; nothing among them loads or runs anything.
var elements = strings.Fields(`html head meta title style body a header div svg rect span h1 main p b code ul li section h2
	table thead tbody tr th td article h3 h4 ol details summary dl dt dd pre time figure figcaption footer line text g circle`)

func TestPageLoadsNothing(t *testing.T) {
	for _, text := range append(sample.Hostile, "harmless") {
		page := render(t, HTML, poisoned(text), sample.All()[0])
		for _, e := range parsed(t, page) {
			if !slices.Contains(elements, e.name) {
				t.Errorf("%q: element %s", text, e.name)
			}
			for name, value := range e.attrs {
				checkAttribute(t, text, e.name, name, value)
			}
			if e.name == "style" && (strings.Contains(e.text, "url(") || strings.Contains(e.text, "@import")) {
				t.Error("the style sheet loads something")
			}
		}
	}
}

func checkAttribute(t *testing.T, text, element, name, value string) {
	t.Helper()
	switch {
	case name == "href":
		if element != "a" || !strings.HasPrefix(value, "#") && !show.WebAddress(value) {
			t.Errorf("%q: link to %q in %s", text, value, element)
		}
	case strings.HasPrefix(name, "on"), slices.Contains([]string{"src", "srcset", "style", "action", "data", "srcdoc", "background", "poster"}, name):
		t.Errorf("%q: attribute %s=%q", text, name, value)
	}
}

func TestPolicyFitsTheStyle(t *testing.T) {
	for _, e := range parsed(t, render(t, HTML, sample.All()...)) {
		if e.name != "style" {
			continue
		}
		sum := sha256.Sum256([]byte(e.text))
		want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if got := policyOf(t); !strings.Contains(got, want) || !strings.HasPrefix(got, "default-src 'none'") {
			t.Errorf("policy %s, want it to hold %s", got, want)
		}
		return
	}
	t.Error("the page has no style")
}

func policyOf(t *testing.T) string {
	t.Helper()
	for _, e := range parsed(t, render(t, HTML, sample.All()...)) {
		if e.attrs["http-equiv"] == "Content-Security-Policy" {
			return e.attrs["content"]
		}
	}
	t.Fatal("the page has no policy")
	return ""
}

func TestPageIsAccessible(t *testing.T) {
	all := parsed(t, render(t, HTML, sample.All()...))
	ids := map[string]int{}
	level, firsts := 0, 0
	for _, e := range all {
		if id := e.attrs["id"]; id != "" {
			ids[id]++
		}
		if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' {
			next := int(e.name[1] - '0')
			if next > level+1 {
				t.Errorf("heading %q skips from level %d to %d", e.text, level, next)
			}
			if level = next; level == 1 {
				firsts++
			}
		}
		if e.name == "svg" && e.attrs["aria-hidden"] != "true" && (e.attrs["role"] != "img" || e.attrs["aria-label"] == "") {
			t.Error("a picture has no text")
		}
	}
	if firsts != 1 || all[0].attrs["lang"] != "en" {
		t.Errorf("%d first headings, language %q", firsts, all[0].attrs["lang"])
	}
	for _, e := range all {
		for _, to := range []string{e.attrs["aria-labelledby"], strings.TrimPrefix(e.attrs["href"], "#")} {
			if to != "" && !show.WebAddress(to) && ids[to] != 1 {
				t.Errorf("%s refers to %q, of which there are %d", e.name, to, ids[to])
			}
		}
	}
}

func TestPageOutline(t *testing.T) {
	var b strings.Builder
	for _, e := range parsed(t, render(t, HTML, sample.All()...)) {
		text := show.OneLine(e.text)
		switch {
		case e.name == "title" && b.Len() == 0, e.name == "h1", e.name == "h2", e.name == "summary":
			fmt.Fprintf(&b, "%s %s\n", e.name, text)
		case e.name == "h3", e.name == "h4", e.name == "figcaption":
			fmt.Fprintf(&b, "  %s %s\n", e.name, text)
		case e.name == "article", strings.HasPrefix(e.attrs["class"], "restored"), e.attrs["class"] == "cause", e.name == "svg":
			fmt.Fprintf(&b, "    %s %s %s\n", e.name, e.attrs["class"], e.attrs["id"])
		}
	}
	sample.Golden(t, "outline.txt", []byte(b.String()))
}

func TestSilentComesFirst(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "json" || f.Name == "junit" {
			continue
		}
		out := render(t, f.Render, sample.All()...)
		last := -1
		for _, name := range []string{"Payments dies", "Stock freezes", "Search hangs", "Ledger stalls", "Checkout dies"} {
			at := strings.Index(out, name)
			if at <= last {
				t.Errorf("%s: %s stands at %d, want it after %d", f.Name, name, at, last)
			}
			last = at
		}
	}
	both := sample.Passed()
	both.Steps[0].Results = append(both.Steps[0].Results, sample.Late().Steps[0].Results[0], sample.PaymentsDies().Steps[0].Results[0])
	var order []judge.Verdict
	for _, s := range sections(both) {
		for _, f := range s.Findings {
			order = append(order, f.Verdict)
		}
	}
	if want := []judge.Verdict{judge.Silent, judge.Late, judge.Pass, judge.Pass}; !slices.Equal(order, want) {
		t.Errorf("results come as %v, want %v", order, want)
	}
}

package site

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/verify/judge"
)

// parsedPage is what a test looks at of a page.
type parsedPage struct {
	names    []string // of the elements
	ids      map[string]bool
	links    []string
	headings []string
	policy   string
	text     string
}

func parse(t *testing.T, name, text string) parsedPage {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p := parsedPage{ids: map[string]bool{}}
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			p.text += n.Data
		}
		if n.Type != html.ElementNode {
			continue
		}
		p.names = append(p.names, n.Data)
		attrs := map[string]string{}
		for _, a := range n.Attr {
			attrs[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || slices.Contains([]string{"src", "srcset", "style", "action", "data", "poster", "background"}, a.Key) {
				t.Errorf("%s: %s has the attribute %s", name, n.Data, a.Key)
			}
		}
		if id := attrs["id"]; id != "" {
			if p.ids[id] {
				t.Errorf("%s: two elements are called %q", name, id)
			}
			p.ids[id] = true
		}
		if to, ok := attrs["href"]; ok {
			p.links = append(p.links, to)
		}
		if attrs["http-equiv"] == "Content-Security-Policy" {
			p.policy = attrs["content"]
		}
		if regexp.MustCompile(`^h[1-6]$`).MatchString(n.Data) {
			p.headings = append(p.headings, n.Data)
		}
	}
	return p
}

// harmful are elements that load or run something.
var harmful = []string{"script", "img", "iframe", "link", "object", "embed", "base", "form", "video", "audio", "source", "image", "use", "foreignobject"}

// checkSite walks every link of every page.
func checkSite(t *testing.T, dir string) {
	t.Helper()
	pages := map[string]parsedPage{}
	files := state(t, dir)
	for name, text := range files {
		if strings.HasSuffix(name, ".html") {
			pages[name] = parse(t, name, text)
		}
	}
	reached := map[string]bool{"index.html": true}
	for name, p := range pages {
		for _, e := range p.names {
			if slices.Contains(harmful, e) {
				t.Errorf("%s: element %s", name, e)
			}
		}
		if !strings.HasPrefix(p.policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("%s: policy %q", name, p.policy)
		}
		if len(p.headings) == 0 || p.headings[0] != "h1" {
			t.Errorf("%s: headings %v", name, p.headings)
		}
		for _, to := range p.links {
			if show.WebAddress(to) { // to an incident, in a report
				continue
			}
			u, err := url.Parse(to)
			if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "/") {
				t.Errorf("%s: the link %q is not relative (%v)", name, to, err)
				continue
			}
			target := name
			if u.Path != "" {
				target = path.Join(path.Dir(name), u.Path)
			}
			reached[target] = true
			if files[target] == "" || u.Fragment != "" && !pages[target].ids[u.Fragment] {
				t.Errorf("%s: the link %q leads nowhere", name, to)
			}
		}
	}
	for _, e := range feedOf(t, dir).Entries {
		for _, l := range e.Links {
			reached[l.Href] = true
			if files[l.Href] == "" {
				t.Errorf("the feed leads to %q, which is not there", l.Href)
			}
		}
	}
	for name := range pages {
		if !reached[name] {
			t.Errorf("no page leads to %s", name)
		}
	}
}

func feedOf(t *testing.T, dir string) (f atomFeed) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, feedFile))
	if err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&f); err != nil {
		t.Fatal(err)
	}
	if _, err := dec.Token(); err != nil && !errors.Is(err, io.EOF) {
		if _, err = dec.Token(); !errors.Is(err, io.EOF) {
			t.Errorf("behind the feed: %v", err)
		}
	}
	return f
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	dir, s := t.TempDir(), siteOf(samples()...)
	s.Unread = []store.Run{{ID: "x", Error: "y"}}
	written(t, s, dir)
	checkSite(t, dir)
}

func TestHostileNames(t *testing.T) {
	ids := []string{
		"../../escape", "/etc/passwd", ".hidden", "a b?c#d%41", `"><script>alert(1)</script>`, "x-000000000000000000000000", "con\x00\n", "漢字",
		strings.Repeat("l", 300), "-rf", "javascript:alert(1)", "..", "index.html",
	}
	var records []judge.Record
	for i, id := range ids {
		r := sample.PaymentsDies()
		text := sample.Hostile[i%len(sample.Hostile)]
		r.Run.ID, r.Run.Scenario, r.Run.Title, r.Run.Service, r.Run.Owner, r.Run.Environment, r.Summary = id, text+id, text, text, text, text, text
		r.Steps[0].Results[0].Reason = text
		records = append(records, r)
	}
	around := t.TempDir()
	dir, s := filepath.Join(around, "site"), siteOf(records...)
	s.Unread = []store.Run{{ID: ids[4], Error: sample.Hostile[0]}, {ID: sample.Hostile[3], Error: sample.Hostile[6]}}
	if done := written(t, s, dir); done.Written != 2*len(ids)+3 {
		t.Errorf("%+v", done)
	}
	checkSite(t, dir)
	if list, err := os.ReadDir(around); err != nil || len(list) != 1 {
		t.Errorf("something was written outside: %v, %v", list, err)
	}
	for name, text := range state(t, dir) {
		base := strings.TrimPrefix(filepath.ToSlash(name), "runs/")
		if !plainID.MatchString(base) && base != markerFile {
			t.Errorf("a file is called %q", name)
		}
		if strings.HasSuffix(name, ".html") {
			for _, line := range strings.Split(parse(t, name, text).text, "\n") {
				sample.CheckPlain(t, strings.ReplaceAll(line, "\t", ""))
			}
		}
	}
}

func TestLongListsHavePages(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 500: 1, 501: 2, 1000: 2, 1001: 3} {
		s := light(many(n))
		pages := s.list()
		if len(pages) != want || pages[0].File != listFile {
			t.Errorf("%d runs: %d pages, want %d", n, len(pages), want)
		}
		total := 0
		for _, p := range pages {
			var b bytes.Buffer
			if err := p.Write(&b, nil); err != nil {
				t.Fatal(err)
			}
			_, months, _ := strings.Cut(b.String(), "<h2 id=\"month-")
			total += strings.Count(months, `<th scope="row">`)
		}
		if total != n {
			t.Errorf("%d runs: %d are listed", n, total)
		}
	}
	dir, runs := t.TempDir(), many(71)
	s := light(runs[:70])
	s.perPage = 20
	written(t, s, dir)
	checkSite(t, dir)
	before := state(t, dir)
	s.Runs = runs
	written(t, s, dir)
	got := changed(before, state(t, dir))
	want := []string{".friday-site", "feed.xml", "index.html", "runs.html", FileOf(runs[70].ID), recordOf(runs[70].ID)}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("one more run changes %v, want %v", got, want)
	}
	if n := len(feedOf(t, dir).Entries); n != inFeed {
		t.Errorf("the feed tells of %d runs", n)
	}
}

func TestLatestVerdicts(t *testing.T) {
	older, newer := sample.PaymentsDies(), sample.Passed()
	newer.Run.Scenario, newer.Run.Environment = older.Run.Scenario, older.Run.Environment
	older.Run.ID, newer.Run.ID = "1", "2"
	control, elsewhere := sample.Late(), sample.Late()
	control.Run.ID, control.Run.Scenario, control.Run.Control = "3", older.Run.Scenario, true
	elsewhere.Run.ID, elsewhere.Run.Scenario, elsewhere.Run.Environment = "4", older.Run.Scenario, "staging"
	left := sample.Unrestored()
	left.Run.ID = "5"
	s := siteOf(older, newer, control, elsewhere, left)
	var got []string
	for _, r := range latest(s.Runs) {
		got = append(got, r.ID+" "+r.Verdict.String())
	}
	if want := []string{"5 UNRESTORED", "4 LATE", "2 PASS"}; !slices.Equal(got, want) {
		t.Errorf("latest are %v, want %v", got, want)
	}
	var b bytes.Buffer
	if err := s.front(&b, nil); err != nil {
		t.Fatal(err)
	}
	text := parse(t, "front", b.String()).text
	for _, want := range []string{"No scenario is a silent failure now", "The latest verdicts: 1 UNRESTORED, 1 LATE, 1 PASS.", "NOT RESTORED", "friday recover"} {
		if !strings.Contains(text, want) {
			t.Errorf("the front page does not say %q", want)
		}
	}
}

func TestFeed(t *testing.T) {
	dir, s := t.TempDir(), siteOf(samples()...)
	written(t, s, dir)
	data, err := os.ReadFile(filepath.Join(dir, feedFile))
	if err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, "feed.xml", data)
	ids := map[string]bool{}
	for _, e := range feedOf(t, dir).Entries {
		if ids[e.ID] || !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(e.ID) {
			t.Errorf("the id %s", e.ID)
		}
		ids[e.ID] = true
	}
}

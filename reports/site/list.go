package site

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

//go:embed templates
var templates embed.FS

// onePage is how many runs a page of the list has, unless Site says otherwise. Pages are filled from the oldest run on,
// so that a page that is full stays as it is.
const onePage = 500

// row is one run in a list.
type row struct {
	digest.Run
	File  string
	Where string // service and environment
	Took  string
}

// month are the runs of a month, newest first.
type month struct {
	Name, Anchor string
	Rows         []row
}

// chapter is one page of the list.
type chapter struct {
	File   string
	Runs   []digest.Run
	Months []month
	// Of the first chapter only.
	Latest []row
	Unread []store.Run
	Pages  []show.Link // all chapters, newest first; none if there is only one
}

// list are the pages of the list of runs, newest first.
func (s Site) list() []Page {
	chapters := s.chapters()
	var pages []Page
	for i, c := range chapters {
		pages = append(pages, Page{c.File, "Runs", func(w io.Writer, nav []show.Link) error {
			if i == 0 {
				c.Latest, c.Unread = latest(s.Runs), visible(s.Unread)
			}
			if len(chapters) > 1 {
				c.Pages = links(chapters, c.File)
			}
			c.Months = months(c.Runs)
			title := "Runs"
			if i > 0 {
				title += ", " + spanOf(c.Runs)
			}
			return write(w, show.Page{Title: title, Heading: "Runs", Nav: nav}, "runs", c)
		}})
	}
	return pages
}

func (s Site) chapters() []chapter {
	size := cmp.Or(s.perPage, onePage)
	full := max(0, (len(s.Runs)-1)/size)
	chapters := []chapter{{File: listFile, Runs: s.Runs[full*size:]}}
	for i := full; i > 0; i-- {
		chapters = append(chapters, chapter{File: fmt.Sprintf("runs-%d.html", i), Runs: s.Runs[(i-1)*size : i*size]})
	}
	return chapters
}

func links(chapters []chapter, here string) []show.Link {
	var all []show.Link
	for i, c := range chapters {
		text := spanOf(c.Runs)
		if i == 0 {
			text = "newest"
		}
		all = append(all, show.Link{Text: text, To: c.File, Here: c.File == here})
	}
	return all
}

// spanOf are the days of the first and the last of some runs.
func spanOf(runs []digest.Run) string {
	if len(runs) == 0 {
		return ""
	}
	first, last := show.Day(runs[0].Started), show.Day(runs[len(runs)-1].Started)
	if first == last {
		return first
	}
	return first + " – " + last
}

// months groups runs, newest first.
func months(runs []digest.Run) []month {
	var all []month
	for _, r := range slices.Backward(runs) {
		name, anchor := "No date", "undated"
		if !r.Started.IsZero() {
			name, anchor = r.Started.UTC().Format("January 2006"), r.Started.UTC().Format("2006-01")
		}
		i := slices.IndexFunc(all, func(m month) bool { return m.Anchor == anchor })
		if i < 0 {
			i, all = len(all), append(all, month{Name: name, Anchor: anchor})
		}
		all[i].Rows = append(all[i].Rows, rowOf(r))
	}
	return all
}

func rowOf(r digest.Run) row {
	r.Scenario, r.Title, r.Summary = show.OneLine(r.Scenario), show.OneLine(r.Title), show.OneLine(r.Summary)
	out := row{Run: r, File: FileOf(r.ID), Took: "–"}
	if out.Scenario == "" {
		out.Scenario = show.OneLine(r.ID) // a link needs a text
	}
	var where []string
	for _, text := range []string{r.Service, r.Environment} {
		if text != "" {
			where = append(where, show.OneLine(text))
		}
	}
	out.Where = strings.Join(where, ", ")
	if !r.Finished.IsZero() {
		out.Took = show.Span(verify.Seconds(r.Finished.Sub(r.Started)))
	}
	return out
}

// latest are the newest run of each scenario in each environment, negative controls left out, worst first.
func latest(runs []digest.Run) []row {
	type place struct{ scenario, environment string }
	seen := map[place]bool{}
	var all []row
	for _, r := range slices.Backward(runs) {
		at := place{r.Scenario, r.Environment}
		if r.Control || seen[at] {
			continue
		}
		seen[at] = true
		all = append(all, rowOf(r))
	}
	slices.SortStableFunc(all, func(a, b row) int {
		if a.Verdict != b.Verdict {
			if judge.Worst(a.Verdict, b.Verdict) == a.Verdict {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Scenario, b.Scenario)
	})
	return all
}

func visible(unread []store.Run) []store.Run {
	all := slices.Clone(unread)
	for i := range all {
		all[i].ID, all[i].Error = show.OneLine(all[i].ID), show.OneLine(all[i].Error)
	}
	return all
}

// write renders a page from a template and its foot.
func write(w io.Writer, page show.Page, name string, data any) error {
	set, err := template.New("").Funcs(template.FuncMap{
		"count": show.Count, "day": show.Day, "look": reports.Look, "sign": reports.Sign, "stamp": func(t time.Time) string { return t.UTC().Format("2 Jan 15:04") },
	}).ParseFS(templates, "templates/*.html")
	if err != nil {
		return err
	}
	if page.Main, err = show.Part(set, name, data); err != nil {
		return err
	}
	if page.Foot, err = show.Part(set, "foot", nil); err != nil {
		return err
	}
	return page.Write(w)
}

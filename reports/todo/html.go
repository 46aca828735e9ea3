package todo

import (
	"embed"
	"html/template"
	"io"
	"strings"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

//go:embed templates
var templates embed.FS

// group is what a page tells under one heading.
type group struct {
	Title string
	Items []entry
}

// entry is a finding on a page.
type entry struct {
	Item
	Look    string // class of its badge
	Head    []string
	Found   string
	Remarks [][2]string
	Run     string // the page of the newest run that showed it; empty if there is none
}

// HTML writes the list as one page that needs nothing else (show.Page).
func HTML(w io.Writer, v View) error { return HTMLIn(nil, nil)(w, v) }

// HTMLIn is HTML for a page of a site: nav are its links to the other pages, and page is the path of a run's page.
func HTMLIn(nav []show.Link, page func(run string) string) func(io.Writer, View) error {
	return func(w io.Writer, v View) error {
		v = show.Clean(v)
		parts, err := template.ParseFS(templates, "templates/*.html")
		if err != nil {
			return err
		}
		out := show.Page{Title: "To do: " + v.sum(), Heading: "To do", Nav: nav}
		data := struct {
			View
			Sum    string
			Groups []group
		}{v, v.sum(), groups(v, page)}
		if out.Main, err = show.Part(parts, "page", data); err != nil {
			return err
		}
		if out.Foot, err = show.Part(parts, "foot", nil); err != nil {
			return err
		}
		return out.Write(w)
	}
}

func groups(v View, page func(run string) string) []group {
	all := []group{{Title: "Regressed"}, {Title: "Open"}, {Title: "Closed"}}
	for _, i := range v.Items {
		head := i.head(v.Now)
		e := entry{Item: i, Look: lookOf(i), Head: head[1:], Found: i.found(), Remarks: i.remarks()} // the badge is the first
		if page != nil {
			e.Run = page(i.LastRun)
		}
		g := &all[rank(i.State)]
		g.Items = append(g.Items, e)
	}
	return all
}

// lookOf is the class of the badge; its word says the same.
func lookOf(i Item) string {
	switch {
	case i.State == Closed:
		return "good"
	case i.Verdict == judge.Silent || i.Verdict == judge.Unrestored:
		return "silent"
	case i.Verdict.Class() == judge.Failed || i.What == Watcher:
		return "late"
	}
	return "unsure"
}

// Line is the head of an entry as one line.
func (e entry) Line() string { return strings.Join(e.Head, " · ") }

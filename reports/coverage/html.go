package coverage

import (
	"embed"
	"html/template"
	"io"

	"github.com/failurefriday/friday/reports/show"
)

//go:embed templates
var templates embed.FS

// HTML writes the report as one page that needs nothing else (show.Page).
func HTML(w io.Writer, r Report) error {
	r = show.Clean(r)
	parts, err := template.New("").Funcs(template.FuncMap{"proof": r.proof, "word": Row.word, "look": look}).ParseFS(templates, "templates/*.html")
	if err != nil {
		return err
	}
	out := show.Page{Title: "Coverage: " + r.tables()[0].Sentence(), Heading: "Coverage"}
	data := struct {
		Report
		Tables []table
	}{r, r.tables()}
	if out.Main, err = show.Part(parts, "page", data); err != nil {
		return err
	}
	if out.Foot, err = show.Part(parts, "foot", r); err != nil {
		return err
	}
	return out.Write(w)
}

// proof is when a page last came and went, in words.
func (r Report) proof(row Row) string {
	switch {
	case row.Fired == nil:
		return ""
	case row.Resolved == nil:
		return "fired " + r.age(row.Fired) + ", never resolved"
	}
	text := "fired " + r.age(row.Fired) + ", resolved " + r.age(row.Resolved)
	if row.State == Proven {
		text += "; " + show.Percent(row.Freshness) + " fresh"
	}
	return text
}

// look is the class of a state's badge; its words say the same.
func look(s State) string {
	switch s {
	case Failed:
		return "silent"
	case Proven:
		return "good"
	case Rotten, Half:
		return "late"
	default:
		return "unsure"
	}
}

package quarter

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

//go:embed templates
var templates embed.FS

// HTML writes the report as one page that needs nothing else (show.Page).
func HTML(w io.Writer, r Report) error { return HTMLIn(nil, nil)(w, r) }

// HTMLIn is HTML for a page of a site: nav are its links to the other pages, and page is the path of a run's page; nil or ""
// makes no link.
func HTMLIn(nav []show.Link, page func(run string) string) func(io.Writer, Report) error {
	if page == nil {
		page = func(string) string { return "" }
	}
	return func(w io.Writer, r Report) error {
		r = show.Clean(r)
		parts, err := template.New("").Funcs(funcs(r, page)).ParseFS(templates, "templates/*.html")
		if err != nil {
			return err
		}
		out := show.Page{Title: r.Headline, Heading: "Reliability review", Nav: nav}
		if out.Main, err = show.Part(parts, "page", r); err != nil {
			return err
		}
		if out.Foot, err = show.Part(parts, "foot", r); err != nil {
			return err
		}
		return out.Write(w)
	}
}

func funcs(r Report, page func(string) string) template.FuncMap {
	all := template.FuncMap{
		"ackBars": func() []measured { return measure(ackBars(r.AckOfTotal)) }, "ackPages": func() int { return ackPages(r.AckOfTotal) },
		"age": age, "bars": func() []measured { return measure(kindBars(r)) }, "count": show.Count, "day": r.day, "defs": defs,
		"grade": r.grade, "grid": grid, "hopBars": func() []hopBar { return hopBars(r) }, "hours": func() hours { return hoursOf(r.Noise) },
		"interval": interval, "left": lefts, "listed": listed, "low": whisker, "length": r.length, "look": look,
		"matrix": func() matrix { return matrixOf(r) }, "named": named, "orNobody": orNobody, "outcomes": outcomes, "percent": show.Percent, "period": r.period,
		"plots": func() []plot { return plots(r.rows()) }, "px": show.Px, "runPage": page, "scope": r.scope, "segments": func() []segment { return segments(r.Outcomes) },
		"share": share, "sign": sign, "span": show.Span, "times": func(a, b float64) float64 { return a * b }, "trend": trend,
		"upper": upper,
		"weeks": func() weekly { return weeksOf(r) }, "within": within, "word": word,
	}
	for name, f := range map[string]any{
		"activityFacts": r.activityFacts, "changeWords": changeWords, "exclusions": r.exclusions, "first": firsts, "kindName": kindName,
		"lessonHead": lessonHead, "long": long, "mttrWords": mttrWords, "nearWords": nearWords, "noiseFacts": r.noiseFacts,
		"ownerWords": ownerWords, "since": since, "todoFacts": func() []fact { return todoFacts(r.Todo) },
	} {
		all[name] = f
	}
	return all
}

// upper begins text with a capital letter.
func upper(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return text
	}
	return string(unicode.ToUpper(r)) + text[n:]
}

// defs are the definitions with these ids.
func defs(ids ...string) ([]metrics.Definition, error) {
	var all []metrics.Definition
	for _, id := range ids {
		d, ok := metrics.Define(id)
		if !ok {
			return nil, fmt.Errorf("no definition is called %s", id)
		}
		all = append(all, d)
	}
	return all, nil
}

// look is the class of a verdict's colour.
func look(v judge.Verdict) string {
	switch v {
	case judge.Silent, judge.Unrestored:
		return "silent"
	case judge.Pass:
		return "good"
	case judge.Noisy:
		return "noisy"
	default:
		return "late"
	}
}

// sign stands beside a verdict, so that colour is not all there is.
func sign(v judge.Verdict) string {
	switch v {
	case judge.Pass, judge.Noisy:
		return "✓"
	case judge.Silent, judge.Unrestored:
		return "✗"
	default:
		return "!"
	}
}

// grade is the class of the headline's colour.
func (r Report) grade() string {
	d := r.Detection.Now
	switch {
	case !d.Known():
		return "unsure"
	case r.Silent.Now.Hits > 0:
		return "silent"
	case d.Hits < d.Of:
		return "late"
	}
	return "good"
}

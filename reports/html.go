package reports

import (
	"embed"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

//go:embed templates
var templates embed.FS

// htmlPage is what the page's template sees.
type htmlPage struct {
	Restored    restoration
	Records     []htmlRecord
	Definitions []fact
}

// htmlRecord is one run on the page.
type htmlRecord struct {
	told
	Anchor   string
	Alone    bool // the only run on the page: the page has said whether it is restored
	Restored restoration
	Sections []section
	Log      []judge.LogLine
}

// stepOfRecord is a step with the record it belongs to.
type stepOfRecord struct {
	Record judge.Record
	Step   judge.Step
}

// HTML renders one page that needs nothing else (show.Page). Silent failures come first.
func HTML(w io.Writer, records []judge.Record, known ...todo.Item) error {
	return page(w, records, known, nil)
}

// HTMLIn is HTML for a page of a site: nav are its links to the other pages.
func HTMLIn(nav []show.Link) Renderer {
	return func(w io.Writer, records []judge.Record, known ...todo.Item) error {
		return page(w, records, known, nav)
	}
}

func page(w io.Writer, records []judge.Record, known []todo.Item, nav []show.Link) error {
	if err := checkSome(records); err != nil {
		return err
	}
	runs := prepare(records, known)
	data := htmlPage{Restored: restoredAll(runs), Definitions: definitions()}
	for i, r := range runs {
		data.Records = append(data.Records, htmlRecord{
			told: r, Anchor: "run-" + strconv.Itoa(i+1), Alone: len(runs) == 1, Restored: restored(r.Record), Sections: sections(r.Record), Log: inOrder(r.Log),
		})
	}
	out := show.Page{Title: pageTitle(runs), Heading: "Failure report", Nav: nav}
	parts, err := template.New("").Funcs(htmlFuncs()).ParseFS(templates, "templates/*.html")
	if err != nil {
		return err
	}
	if out.Main, err = show.Part(parts, "page", data); err != nil {
		return err
	}
	if out.Foot, err = show.Part(parts, "foot", data); err != nil {
		return err
	}
	return out.Write(w)
}

func pageTitle(runs []told) string {
	if len(runs) == 1 {
		return runs[0].Verdict.String() + ": " + show.OneLine(named(runs[0].Record))
	}
	return show.Count(len(runs), "run") + ": " + tally(runs)
}

func htmlFuncs() template.FuncMap {
	return template.FuncMap{
		"about": about, "advice": advice, "charts": charts, "clock": show.Clock, "date": show.Date, "faultWords": faultWords,
		"hopClass": hopClass, "hopSign": hopSign, "hopWord": hopWord, "hops": finding.hops, "join": strings.Join,
		"lanes": shownLanes, "look": look, "measures": measures, "named": named, "notices": notices, "offset": offset, "px": show.Px, "plus": func(a, b float64) float64 { return a + b },
		"sign": sign, "sourceWords": sourceWords, "spanState": spanState, "times": times, "title": title, "took": took, "watcherWords": watcherWords, "web": show.WebAddress,
		"kindWords": kindWords, "strips": func(f finding) []strip { return strips(f.Run, f.Step, f.Result) },
		"pair":      func(r judge.Record, s judge.Step) stepOfRecord { return stepOfRecord{r, s} },
		"stamp":     func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"zeroWords": func(s judge.Step) string { _, what := zero(s); return what },
	}
}

// look is the class of a verdict, for its colour.
func look(v judge.Verdict) string {
	switch {
	case v == judge.Silent:
		return "silent"
	case v.Class() == judge.Passed:
		return "good"
	case v.Class() == judge.CannotTell, v.Class() == judge.Stopped:
		return "unsure"
	case v.Class() == judge.Left:
		return "silent"
	default:
		return "late"
	}
}

func hopClass(s verify.State) string {
	if s == verify.Unknown {
		return "unseen"
	}
	return string(s)
}

func hopWord(s verify.State) string {
	if s == verify.Unknown {
		return "not seen"
	}
	return string(s)
}

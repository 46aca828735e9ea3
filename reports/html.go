package reports

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

//go:embed templates
var templates embed.FS

// htmlPage is what the page's template sees.
type htmlPage struct {
	Title       string
	Policy      string
	Style       template.CSS
	Restored    restoration
	Records     []htmlRecord
	Definitions []fact
}

// htmlRecord is one run on the page.
type htmlRecord struct {
	judge.Record
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

// HTML renders one page that needs nothing else: no script, and nothing that is loaded. It is light or dark as the
// reader's system is, and fit for phones and for print. Silent failures come first. The page's own policy forbids
// browsers to load or run anything, whatever a title from outside may hold.
func HTML(w io.Writer, records []judge.Record) error {
	if err := checkSome(records); err != nil {
		return err
	}
	page, err := template.New("page.html").Funcs(htmlFuncs()).ParseFS(templates, "templates/*.html")
	if err != nil {
		return err
	}
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	records = worstFirst(cleaned(records))
	data := htmlPage{
		Title: pageTitle(records), Policy: policy(style), Style: template.CSS(style), //nolint:gosec // our own file
		Restored: restoredAll(records), Definitions: definitions(),
	}
	for i, r := range records {
		data.Records = append(data.Records, htmlRecord{
			Record: r, Anchor: "run-" + strconv.Itoa(i+1), Alone: len(records) == 1, Restored: restored(r), Sections: sections(r), Log: inOrder(r.Log),
		})
	}
	var out bytes.Buffer
	if err := page.Execute(&out, data); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// policy allows this one style sheet and nothing else.
func policy(style []byte) string {
	sum := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

func pageTitle(records []judge.Record) string {
	if len(records) == 1 {
		return records[0].Verdict.String() + ": " + OneLine(named(records[0]))
	}
	return count(len(records), "run") + ": " + tally(records)
}

func htmlFuncs() template.FuncMap {
	return template.FuncMap{
		"about": about, "advice": advice, "charts": charts, "clock": clock, "date": date, "faultWords": faultWords,
		"hopClass": hopClass, "hopSign": hopSign, "hopWord": hopWord, "hops": finding.hops, "join": strings.Join,
		"lanes": shownLanes, "look": look, "measures": measures, "named": named, "notices": notices, "offset": offset, "px": px, "plus": func(a, b float64) float64 { return a + b },
		"sign": sign, "sourceWords": sourceWords, "spanState": spanState, "times": times, "title": title, "took": took, "watcherWords": watcherWords, "web": webAddress,
		"kindWords": kindWords,
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

// px is a length with no more digits than a screen has.
func px(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

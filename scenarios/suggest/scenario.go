package suggest

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

//go:embed templates
var templates embed.FS

// Draft is all that a scenario is made of.
type Draft struct {
	Name    string // of the scenario; Slug where it is empty
	Rule    Rule
	Hints   Hints
	Targets []Target // ranked; none makes a scenario that asks for one, and is not valid before it has one
	Source  string   // of friday.yaml, that is expected to hear of it; empty if there is none
	Remarks []string // what could not be looked at, for a comment
}

// Slug is the name of the scenario, fit for the name of a file.
func (d Draft) Slug() string {
	var b strings.Builder
	low := false
	for _, r := range d.Rule.Name {
		switch {
		case r >= 'A' && r <= 'Z':
			if low {
				b.WriteByte('-')
			}
			b.WriteRune(r + 'a' - 'A')
			low = false
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
			low = true
		default:
			b.WriteByte('-')
			low = false
		}
	}
	slug := strings.Trim(dashes.ReplaceAllString(b.String(), "-"), "-")
	if slug == "" {
		slug = "alert"
	}
	return "proves-" + slug[:min(len(slug), 60)]
}

var dashes = regexp.MustCompile(`-+`)

// Scenario writes the scenario, with comments that say what was chosen and why. The same draft gives the same bytes.
func (d Draft) Scenario() ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{"q": quoted, "remark": remark, "match": matching, "few": Few, "exactly": exactly, "span": span}).ParseFS(templates, "templates/*.yaml")
	if err != nil {
		return nil, err
	}
	data := struct {
		Draft
		Slug     string
		Target   *Target
		Others   []Target
		Row      string
		Titles   string
		Labels   string // alert_labels
		Within   time.Duration
		Hold     time.Duration
		Resolves time.Duration
		Attack   string
		Harder   string
		Probing  string
	}{Draft: d, Slug: cmp.Or(d.Name, d.Slug()), Row: d.row(), Titles: d.Rule.titles(), Labels: d.Rule.alertLabels(), Within: d.within(), Resolves: d.resolves()}
	if len(d.Targets) > 0 {
		data.Target, data.Others = &d.Targets[0], d.Targets[1:]
		data.Attack, data.Harder = data.Target.attack(d.Hints)
		data.Probing = data.Target.steady()
	}
	data.Hold = data.Within + time.Minute
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "scenario.yaml", data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// row is the service that the matrix shows the scenario under.
func (d Draft) row() string {
	switch {
	case d.Rule.Labels["service"] != "" && !strings.Contains(d.Rule.Labels["service"], "{{"):
		return d.Rule.Labels["service"]
	case len(d.Targets) > 0 && d.Targets[0].Service != "":
		return d.Targets[0].Service
	case len(d.Targets) > 0:
		return d.Targets[0].Name
	}
	return ""
}

// span is a length of time with no empty tail: 3m, not 3m0s.
func span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// attack is what to do to a target, and what would be harder. A container that is paused is still there for those that look
// whether it runs; one that is stopped is not.
func (t Target) attack(h Hints) (attack, harder string) {
	switch {
	case t.Container && t.NoStop != "":
		return "container.pause", "nothing harder: " + t.NoStop
	case t.Container && h.Slow:
		return "container.pause", "container.stop and container.kill are harder"
	case t.Container:
		return "container.stop", "container.kill and container.pause are others; network.partition cuts it off instead"
	case t.Unit != "":
		return "process.pause", "process.kill with sustain: true is harder, if " + t.Unit + " has a Restart= that brings it back"
	}
	return "process.pause", "process.kill is harder; it needs something that brings the process back"
}

// steady is the probe of the steady state: the page of the target where it has one, else that it runs.
func (t Target) steady() string {
	switch {
	case t.URL != "":
		return fmt.Sprintf("http: {url: %s, status: %d}", quoted(t.URL), t.Status)
	case t.Container:
		return "container: " + t.all()
	default:
		return "process: " + t.all()
	}
}

// all is the selector of a probe that counts every one of several targets.
func (t Target) all() string {
	if t.Count < 2 {
		return matching(t)
	}
	return strings.TrimSuffix(matching(t), "}") + fmt.Sprintf(", count: %d}", t.Count)
}

// matching is the selector of a target.
func matching(t Target) string {
	switch {
	case t.Container && t.Service != "" && t.Project != "":
		return fmt.Sprintf("{project: %s, service: %s}", quoted(exactly(t.Project)), quoted(exactly(t.Service)))
	case !t.Container && t.By == ByPort:
		return "{port: " + strconv.Itoa(t.Port) + "}"
	}
	return "{name: " + quoted(exactly(t.Name)) + "}"
}

// exactly is a pattern that matches this text and no other.
func exactly(text string) string {
	switch {
	case strings.HasPrefix(text, `\!`), strings.HasPrefix(text, `\/`):
		return "/^" + regexp.QuoteMeta(text) + "$/"
	case strings.HasPrefix(text, "!"), strings.HasPrefix(text, "/"):
		return `\` + text
	}
	return text
}

// unseen are the characters that turn text around or hide in it: who reads a draft must see what it says.
var unseen = regexp.MustCompile(`\p{Cf}`)

// quoted is text as a value in YAML, whatever it holds: JSON is YAML, and ${ begins a variable.
func quoted(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string can always be written
	text = strings.ReplaceAll(strings.TrimSpace(b.String()), "${", "$${")
	return unseen.ReplaceAllStringFunc(text, func(s string) string {
		r, _ := utf8.DecodeRuneInString(s)
		return fmt.Sprintf(`\U%08x`, r)
	})
}

// remark is text as it can stand in a comment.
func remark(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, unseen.ReplaceAllString(strings.ToValidUTF8(text, "?"), "?"))
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "${", "$${")
}

package coverage_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/browser"
	"github.com/failurefriday/friday/reports/coverage"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// world is a coverage with a row of every kind.
func world() coverage.Report {
	return coverage.Of(coverage.Input{
		Rules: []coverage.Rule{
			{Name: "CheckoutDown", Group: "checkout", File: "/etc/prometheus/rules/checkout.yml", Server: "prometheus", Labels: map[string]string{"severity": "critical", "team": "shop"}},
			{Name: "CheckoutSlow", Group: "checkout", File: "/etc/prometheus/rules/checkout.yml", Server: "prometheus"},
			{Name: "PaymentsDown", Group: "payments", Server: "prometheus"},
			{Name: "SearchDown", Group: "search", Server: "prometheus"},
			{Name: "QueueStuck", Group: "queue", Server: "prometheus"},
			{Name: "DiskFull", Group: "node", Server: "prometheus"},
			{Name: "SunGone", Group: "node", Server: "prometheus", Annotations: map[string]string{"friday_untestable": "the sun would have to go out"}},
		},
		Services: []coverage.Service{{Name: "Shop", Source: "pd"}, {Name: "Mail", Source: "pd"}},
		Runs: []digest.Run{
			ran(9, "CheckoutDown", judge.Pass), ran(60, "CheckoutSlow", judge.Pass), ran(2, "PaymentsDown", judge.Silent), ran(100, "SearchDown", judge.Pass),
			ran(3, "QueueStuck", judge.Inconclusive),
		},
		Unseen: []string{"source backup: no answer from http://backup:9090"},
		Now:    now, MaxAge: 90 * day,
	})
}

func render(t *testing.T, name string, r coverage.Report) string {
	t.Helper()
	for _, f := range coverage.Formats() {
		if f.Name == name {
			var b bytes.Buffer
			if err := f.Render(&b, r); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
	}
	t.Fatalf("no format %s", name)
	return ""
}

func TestGoldenFormats(t *testing.T) {
	for name, file := range map[string]string{"text": "world.txt", "markdown": "world.md", "html": "world.html", "json": "world.json", "csv": "world.csv"} {
		got := render(t, name, world())
		sample.Golden(t, file, []byte(got))
		if again := render(t, name, world()); again != got {
			t.Errorf("%s: not the same twice", name)
		}
		if err := json.Unmarshal([]byte(got), &struct{}{}); name == "json" && err != nil {
			t.Error(err)
		}
	}
}

func TestThePageInABrowser(t *testing.T) {
	browser.Check(t, "coverage", []byte(render(t, "html", world())))
}

func TestHostileTextsDoNoHarm(t *testing.T) {
	for _, text := range append([]string{"=1+1", "@x"}, sample.Hostile...) {
		r := coverage.Of(coverage.Input{
			Rules:    []coverage.Rule{{Name: text, Group: text, File: text, Server: text, Labels: map[string]string{text: text}, Annotations: map[string]string{"friday_untestable": text}}, {Name: "a" + text}},
			Services: []coverage.Service{{Name: text, Source: text}}, Unseen: []string{text}, Now: now, MaxAge: day,
		})
		for _, line := range strings.Split(render(t, "text", r), "\n") {
			sample.CheckPlain(t, line)
		}
		for _, bad := range []string{"<script", "<img"} {
			if strings.Contains(render(t, "html", r), bad) || strings.Contains(render(t, "markdown", r), bad) {
				t.Errorf("%q: a page holds %s", text, bad)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(render(t, "csv", r))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%q: %d rows, %v", text, len(rows), err)
		}
		for _, cell := range rows[1] {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}

// Names, places and runs are long: the text is never wider than its columns, and says when there was nothing to look at.
func TestTextFits(t *testing.T) {
	r := world()
	for i := range r.Rules {
		r.Rules[i].Where += " · a group of rules · /etc/prometheus/rules/of/a/team/with/a/long/name.yml"
		r.Rules[i].Note = strings.Repeat("why it is so ", 12)
	}
	text := render(t, "text", r)
	for line := range strings.Lines(text) {
		if n := show.Width(strings.TrimRight(line, "\n")); n > show.Columns {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	none := "there is no run to look at"
	if strings.Contains(text, none) || !strings.Contains(render(t, "text", coverage.Report{}), none) {
		t.Error("it is not said where there are no runs, or is where there are")
	}
}

func TestAWriteThatFailsIsTold(t *testing.T) {
	for _, f := range coverage.Formats() {
		if err := f.Render(full{}, world()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// full is a disk that is.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

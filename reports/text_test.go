package reports

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/todo"
	"github.com/failurefriday/friday/verify/judge"
)

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func TestFirstLineSaysWhetherAllIsRestored(t *testing.T) {
	died := sample.Passed()
	died.Restored, died.Finished = false, time.Time{}
	sick := sample.Passed()
	sick.Restored, sick.Steps[0].Unhealthy = false, "checkout answers is still red"
	unseen := sample.Passed()
	unseen.Restored = false
	for _, tc := range []struct {
		name, want string
		records    []judge.Record
	}{
		{"restored", "RESTORED  Everything was undone", []judge.Record{sample.Passed()}},
		{"all restored", "RESTORED  Everything was undone", []judge.Record{sample.Passed(), sample.Late()}},
		{"residue", "NOT RESTORED  1 fault may still be in force. Run: friday recover", []judge.Record{sample.Unrestored()}},
		{"runner died", "NOT RESTORED  The runner died before it could say that everything was undone. Run: friday recover", []judge.Record{died}},
		{"sick", "NOT RESTORED  The faults are undone, but the system is not healthy again. Run: friday recover", []judge.Record{sick}},
		{"nobody looked", "NOT RESTORED  Nobody saw that everything was undone. Run: friday recover", []judge.Record{unseen}},
		{"one of many", "NOT RESTORED  1 of 2 runs left something behind: stock-freezes. Run: friday recover", []judge.Record{sample.Passed(), sample.Unrestored()}},
	} {
		if got := firstLine(render(t, Text(false), tc.records...)); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		md := strings.NewReplacer("**", "", "`", "").Replace(firstLine(render(t, Markdown, tc.records...)))
		if got := strings.Replace(md, "RESTORED ", "RESTORED  ", 1); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s in Markdown: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestLine(t *testing.T) {
	nameless := sample.PaymentsDies()
	nameless.Summary, nameless.Steps[0].Results[0].Reason = "", "no page came"
	for want, r := range map[string]judge.Record{
		"SILENT  payments-dies   nobody was paged: payments-check died 100ms after payments (pid 812) (same process group): nobody was left to notice": sample.PaymentsDies(),
		"PASS    checkout-dies   paged in 1.2s of 5s; the incident closed by itself":                                                                   sample.Passed(),
		"SILENT  payments-dies   no page came": nameless,
		"UNJUDGED":                             {},
	} {
		if got := Line(r); got != want {
			t.Errorf("Line = %q\nwant   %q", got, want)
		}
	}
}

func TestTextSaysWhyAndWhatToDo(t *testing.T) {
	out := strings.Join(strings.Fields(render(t, Text(false), sample.PaymentsDies())), " ")
	for _, want := range []string{
		"✗ SILENT fires on inbox: service payments", "broken at signal emitted",
		"asked process {name: payments-check}", "answer before: pid 815", "do Run payments-check outside of the process group",
		"goes down with payments (pid 812): same process group, both are in group 811", "kind SF-01", "fault in force 10:15:04.120",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if pass := render(t, Text(false), sample.Passed()); !strings.Contains(pass, "✓ PASS  fires on inbox: service checkout, title /is down/, within 5s · time to detect 1.2s of 5s\n") {
		t.Errorf("a pass is not one line with its time to detect:\n%s", pass)
	}
}

func TestLongEvidenceIsFencedOff(t *testing.T) {
	r := sample.PaymentsDies()
	r.Steps[0].Results[0].Broken.Answer = "```\n# not a heading\n````\n" + strings.Repeat("x", 5000)
	out := render(t, Markdown, r)
	if !strings.Contains(out, "\n`````text\n") {
		t.Error("the fence is not longer than those inside of it")
	}
	if text := render(t, Text(false), r); len(text) > 4000 {
		t.Errorf("the text report has %d bytes", len(text))
	}
}

// TestNumbersAreDefinedWhereTheyStand: those that are shown, and no other.
func TestNumbersAreDefinedWhereTheyStand(t *testing.T) {
	explained := func(w io.Writer, records []judge.Record, _ ...todo.Item) error {
		return Explain(w, false, records[0], nil)
	}
	for _, c := range []struct {
		name   string
		render Renderer
		record judge.Record
		want   []string
	}{
		{"a pass", Text(false), sample.Passed(), []string{"time to detect"}},
		{"a late page", Text(false), sample.Late(), []string{"time to detect", "margin", "time to notify"}},
		{"a late page, explained", explained, sample.Late(), []string{"time to detect", "margin", "time to notify"}},
		{"a silence", Text(false), sample.PaymentsDies(), nil},
	} {
		text := render(t, c.render, c.record)
		for _, d := range definitions() {
			if there, want := strings.Contains(text, d.Value), slices.Contains(c.want, d.Name); there != want {
				t.Errorf("%s: defines %s: %v, want %v", c.name, d.Name, there, want)
			}
		}
	}
}

package quarter_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/browser"
	"github.com/failurefriday/friday/reports/metrics"
	"github.com/failurefriday/friday/reports/quarter"
	"github.com/failurefriday/friday/reports/show"
)

func page(t testing.TB, r quarter.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	nav := []show.Link{{Text: "Overview", To: "index.html", Here: true}, {Text: "Runs", To: "runs.html"}}
	if err := quarter.HTMLIn(nav, func(run string) string { return "runs/" + run + ".html" })(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHowItLooks opens the pages in a browser; FRIDAY_SHOTS keeps what it saw.
func TestHowItLooks(t *testing.T) {
	usual := world(220, 7)
	o := options(usual)
	o.Declared = []metrics.Cell{{Service: "checkout", Class: "network.dns"}, {Service: "billing", Class: "process.kill"}}
	few := world(6, 2)
	long := world(40, 3)
	word := strings.Repeat("unbreakable", 9)
	for i := range long {
		long[i].Service, long[i].Scenario, long[i].Owner = word+long[i].Service, word+long[i].Scenario, word
		long[i].Steps[0].Results[0].Reason = word
		long[i].Steps[0].Faults[0].Kind += "+" + word
		long[i].Restored = i%7 != 0
	}
	long[39].Restored = false
	lost := options(long)
	lost.Unread = []string{"run 20260901-" + word + ": the record is damaged"}
	for name, r := range map[string]quarter.Report{
		"quarter-usual": quarter.Of(usual, o),
		"quarter-many":  quarter.Of(world(4000, 60), options(world(4000, 60))),
		"quarter-few":   quarter.Of(few, options(few)),
		"quarter-none":  quarter.Of(nil, options(nil)),
		"quarter-long":  quarter.Of(long, lost),
	} {
		t.Run(name, func(t *testing.T) { browser.Check(t, name, page(t, r)) })
	}
}

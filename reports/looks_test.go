package reports

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/browser"
	"github.com/failurefriday/friday/reports/sample"
)

// TestPagesLookWell opens the pages in a browser; FRIDAY_SHOTS keeps what it saw.
func TestPagesLookWell(t *testing.T) {
	long := sample.PaymentsDies()
	word := strings.Repeat("unbreakable", 12)
	long.Run.Scenario, long.Run.Title, long.Summary = word, word, word
	long.Steps[0].Name, long.Steps[0].Results[0].Reason = word, word
	for name, page := range map[string]string{
		"report-one":  render(t, HTML, sample.PaymentsDies()),
		"report-many": render(t, HTML, sample.All()...),
		"report-long": render(t, HTML, long),
	} {
		browser.Check(t, name, []byte(page))
	}
}

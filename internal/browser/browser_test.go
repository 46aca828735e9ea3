package browser

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBadPagesAreSeen: what Check looks for is there to be found.
func TestBadPagesAreSeen(t *testing.T) {
	b := open(t)
	page := `<!DOCTYPE html><html><body style="background:#fff"><p style="color:#bbb">pale</p><div style="width:2000px">wide</div>
<img src="picture.png"><script>console.error("broken")</script></body></html>`
	file := filepath.Join(t.TempDir(), "bad.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate("file://"+file)); err != nil {
		t.Fatal(err)
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[audit](auditor))
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if found.Width < 2000 || len(found.Pale) != 1 || !strings.Contains(found.Pale[0], "pale") || !slices.Contains(found.Wide, "div.") || found.Texts != 2 {
		t.Errorf("found %+v", found)
	}
	if len(b.requests) != 2 || !slices.Contains(b.said, "error") {
		t.Errorf("requests %v, said %v", b.requests, b.said)
	}
}

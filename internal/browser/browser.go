// Package browser looks at HTML pages as a person would: in a real browser, on a phone and on a desk, by day and by night,
// and on paper. For tests.
package browser

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Look is one way to look at a page.
type Look struct {
	Name   string
	Width  int64
	Height int64
	Dark   bool
}

// Looks are the ways in which every page must look well.
func Looks() []Look {
	return []Look{
		{"phone-light", 390, 844, false},
		{"phone-dark", 390, 844, true},
		{"desktop-light", 1280, 900, false},
		{"desktop-dark", 1280, 900, true},
	}
}

// patience bounds everything that is done with one page.
const patience = time.Minute

// Check opens a page, kept in a file of that name with what lies beside it, in every look and on paper. The test fails
// where the browser complains, anything but the page is loaded, the page is wider than the screen, a text stands out too
// little from what is behind it, or the page cannot be printed. Screenshots are kept in the folder that FRIDAY_SHOTS
// names. Where there is no browser the test is skipped; under CI that is a failure.
func Check(t *testing.T, name string, page []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	CheckFile(t, name, file)
}

// CheckFile is Check for a page that lies in a file.
func CheckFile(t *testing.T, name, file string) {
	t.Helper()
	url := "file://" + file
	look(t, name, url, func(asked string) bool { return asked == url })
}

// CheckSite is Check for a page that a server shows. It may load what comes from the same server.
func CheckSite(t *testing.T, name, server, path string) {
	t.Helper()
	look(t, name, server+path, func(asked string) bool { return strings.HasPrefix(asked, server+"/") })
}

// look looks at a page in every way. It may ask only for what own says is its own.
func look(t *testing.T, name, url string, own func(url string) bool) {
	t.Helper()
	b := open(t)
	b.own = own
	for _, l := range Looks() {
		if err := b.see(t, name, url, l); err != nil {
			t.Fatalf("%s, %s: %v", name, l.Name, err)
		}
	}
	if err := b.print(url, name); err != nil {
		t.Errorf("%s on paper: %v", name, err)
	}
}

// browser is one running browser.
type browser struct {
	ctx context.Context
	own func(url string) bool

	mu       sync.Mutex
	said     []string
	requests []string
}

func open(t *testing.T) *browser {
	t.Helper()
	path, err := find()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	// What a browser leaves behind goes with the test.
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Env("TMPDIR=" + t.TempDir())}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which root cannot have
	}
	b := &browser{}
	bounded, end := context.WithTimeout(context.Background(), patience)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(bounded, chromedp.WithAllocatorOptions(options...), chromedp.WithListener(b.listen))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("the browser did not end well: %v", err)
		}
		cancel()
	})
	b.ctx = ctx
	return b
}

func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium here: pages are not looked at")
}

// listen keeps what the browser complains of, and what it asks for.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, string(e.Type))
	}
}

// see opens the page in one look and tells what is wrong with it.
func (b *browser) see(t *testing.T, name, url string, look Look) error {
	t.Helper()
	b.mu.Lock()
	b.said, b.requests = nil, nil
	b.mu.Unlock()
	scheme := map[bool]string{false: "light", true: "dark"}[look.Dark]
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(look.Width, look.Height)); err != nil {
		return err
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: "screen", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		return err
	}
	if err := chromedp.Do(b.ctx, chromedp.Navigate(url)); err != nil {
		return err
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[audit](auditor))
	if err != nil {
		return err
	}
	shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	b.judge(t, name+", "+look.Name, look, found)
	return keep(name+"-"+look.Name+".png", shot)
}

// audit is what the page tells of itself.
type audit struct {
	Width int64    `json:"width"` // how wide the page is, scrolled sideways
	Pale  []string `json:"pale"`  // texts with too little contrast
	Wide  []string `json:"wide"`  // elements that reach over the edge of the page
	Texts int      `json:"texts"` // texts that were looked at
}

//go:embed audit.js
var auditor string

func (b *browser) judge(t *testing.T, where string, look Look, found audit) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.said {
		t.Errorf("%s: the browser says %s", where, said)
	}
	if len(b.requests) == 0 {
		t.Errorf("%s: nobody saw it being loaded", where)
	}
	for _, asked := range b.requests {
		if !b.own(asked) {
			t.Errorf("%s: it loads %s from outside", where, asked)
		}
	}
	if found.Width > look.Width {
		t.Errorf("%s: %d px wide, on a screen of %d: %v", where, found.Width, look.Width, found.Wide)
	}
	for _, text := range found.Pale {
		t.Errorf("%s: too little contrast: %s", where, text)
	}
	if found.Texts == 0 {
		t.Errorf("%s: there is no text on the page", where)
	}
}

// print brings the page to paper.
func (b *browser) print(url, name string) error {
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
		return err
	}
	if err := chromedp.Do(b.ctx, chromedp.Navigate(url)); err != nil {
		return err
	}
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	if err != nil {
		return err
	}
	if len(pdf) < 1000 || string(pdf[:5]) != "%PDF-" {
		return fmt.Errorf("%d bytes, and no PDF", len(pdf))
	}
	return keep(name+".pdf", pdf)
}

func keep(name string, data []byte) error {
	dir := os.Getenv("FRIDAY_SHOTS")
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), data, 0o644)
}

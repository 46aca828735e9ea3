// Package site writes all runs as a static site: plain files with relative links, which work from a disk and under any
// address. It is its own archive, since every run's record lies beside its page.
package site

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/verify/judge"
)

// Page is a page of the site beside those of the runs.
type Page struct {
	File  string // in the folder of the site: todo.html
	Title string // in the navigation
	Write func(w io.Writer, nav []show.Link) error
}

// Site is what to write.
type Site struct {
	Runs   []digest.Run // oldest first, as store.Digests returns them
	Unread []store.Run
	// Load returns the record of one of Runs. It is called from several goroutines.
	Load func(id string) (judge.Record, error)
	// Stamp is a text that is another one whenever the record of a run is; "" has it written anew. It is called from
	// several goroutines.
	Stamp func(id string) string
	// Front writes the front page; nil is one of our own, which tells the latest verdicts.
	Front func(w io.Writer, nav []show.Link) error
	Pages []Page              // further ones, in the order of the navigation
	Made  string              // version of the program: another one writes everything anew
	Clean func([]byte) []byte // takes secrets out of what is written; nil leaves it as it is

	perPage int // runs on a page of the list; 0 is onePage
}

// Result is what was done.
type Result struct {
	Written, Same, Removed int         // files
	Unread                 []store.Run // runs that have no page, each with its Error
}

// The files of the site beside those of the runs.
const (
	frontFile = "index.html"
	listFile  = "runs.html" // the newest runs; older ones are in runs-1.html and so on
	feedFile  = "feed.xml"
	runFolder = "runs"
)

// FileOf is the path of a run's page in the site, with slashes. It is a plain name, whatever the id holds.
func FileOf(id string) string { return runFolder + "/" + plain(id) + ".html" }

// plainID fits what runners make. Nothing else becomes the name of a file.
var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$`)

func plain(id string) string {
	if plainID.MatchString(id) && !strings.HasPrefix(id, "x-") {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "x-" + hex.EncodeToString(sum[:12])
}

// Write brings the folder up to date: it writes what has changed, each file as a whole, and removes what is no longer part
// of the site. It never touches a file that it has not written, and refuses a folder that holds anything but a site. The
// error joins all that could not be written; what could be, is.
func (s Site) Write(ctx context.Context, dir string) (Result, error) {
	f, err := open(dir)
	if err != nil {
		return Result{}, err
	}
	defer f.close()
	s.Unread = slices.Clone(s.Unread)
	s.Runs = s.once()
	jobs := s.jobs()
	names := []string{feedFile}
	for _, p := range s.pages() {
		names = append(names, p.File)
	}
	for _, j := range jobs {
		names = append(names, j.page, j.record)
	}
	if err := f.claim(names); err != nil {
		return Result{}, err
	}
	failed := f.runs(ctx, s, jobs)
	if err := ctx.Err(); err != nil {
		return f.done, fmt.Errorf("stopped before everything was written: %w", err)
	}
	s.drop(failed)
	for _, p := range s.pages() {
		f.page(p.File, s.cleaned(func(w io.Writer) error { return p.Write(w, s.nav(p.File, "")) }))
	}
	f.page(feedFile, s.cleaned(s.feed))
	f.prune()
	f.done.Unread = s.Unread
	return f.done, f.finish()
}

// once leaves out runs that are there twice under one name: their pages would be one.
func (s *Site) once() []digest.Run {
	seen := map[string]bool{}
	var runs []digest.Run
	for _, r := range s.Runs {
		if name := plain(r.ID); seen[name] {
			s.Unread = append(s.Unread, store.Run{ID: r.ID, Error: "another run has the same id"})
		} else {
			seen[name] = true
			runs = append(runs, r)
		}
	}
	return runs
}

// drop takes the runs whose records could not be read out of the lists.
func (s *Site) drop(failed map[string]error) {
	s.Runs = slices.DeleteFunc(s.Runs, func(r digest.Run) bool {
		err, bad := failed[r.ID]
		if bad {
			s.Unread = append(s.Unread, store.Run{ID: r.ID, Error: err.Error()})
		}
		return bad
	})
	slices.SortStableFunc(s.Unread, func(a, b store.Run) int { return cmp.Compare(b.ID, a.ID) })
}

// pages are all pages but those of the runs.
func (s Site) pages() []Page {
	front := s.Front
	if front == nil {
		front = s.front
	}
	all := append([]Page{{frontFile, "Overview", front}}, s.list()...)
	return append(all, s.Pages...)
}

// nav are the links to the main pages, from the page file, or from one in a folder below up.
func (s Site) nav(file, up string) []show.Link {
	links := []show.Link{{Text: "Overview", To: up + frontFile, Here: file == frontFile}, {Text: "Runs", To: up + listFile, Here: file == listFile}}
	for _, p := range s.Pages {
		links = append(links, show.Link{Text: p.Title, To: up + p.File, Here: file == p.File})
	}
	return links
}

// cleaned renders a file and takes the secrets out.
func (s Site) cleaned(write func(io.Writer) error) func() ([]byte, error) {
	return func() ([]byte, error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return nil, err
		}
		if s.Clean == nil {
			return b.Bytes(), nil
		}
		return s.Clean(b.Bytes()), nil
	}
}

package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/failurefriday/friday/internal/fields"
	"github.com/failurefriday/friday/verify"
)

// mostItems bounds what one list may hold. One that is longer is an error: its rest would be a silence that proves nothing.
const mostItems = 10_000

// answer is one page of the list.
type answer struct {
	whole any
	items []fields.Item
	count int // of all items, those that are ignored, too
	total int // of all pages, where the answer tells
}

// page asks for one page. An answer that is no page, or one item that cannot be read, is an error of the answer.
func (s *Source) page(ctx context.Context, path string, query url.Values) (answer, error) {
	var a answer
	err := s.api.Read(ctx, path, query, func(body io.Reader) (err error) {
		if a.whole, err = fields.Decode(body); err != nil {
			return err
		}
		if a.items, err = s.params.Read(a.whole); err != nil {
			return err
		}
		a.count = s.params.Count(a.whole)
		if total := s.params.Paging.Total; !total.IsZero() {
			if a.total, err = strconv.Atoi(total.Text(a.whole)); err != nil {
				return fmt.Errorf("there is no number at %s, so nobody knows whether the list goes on", total)
			}
		}
		return nil
	})
	return a, err
}

// read reads all pages, each incident once. While it is read, a list may grow at its head and move what it has shown
// already to the next page.
func (s *Source) read(ctx context.Context, query url.Values) ([]verify.Incident, error) {
	w := walk{paging: s.params.Paging, base: s.base, path: s.base.EscapedPath() + s.params.Path, query: query, asked: map[string]bool{}}
	w.begin()
	found, seen, at := []verify.Incident{}, map[string]int{}, 0
	for range max(1, w.paging.Most) {
		a, err := s.page(ctx, w.path, w.query)
		if err != nil {
			return nil, err
		}
		for _, item := range a.items {
			in := s.incident(item)
			if i, twice := seen[in.ID]; twice {
				found[i] = in
				continue
			}
			seen[in.ID] = len(found)
			found = append(found, in)
		}
		if at += a.count; len(found) > mostItems || at > 2*mostItems {
			return nil, fmt.Errorf("%s: the list has more than %d incidents: narrow the query", s.params.URL, mostItems)
		}
		more, err := w.next(a, at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.params.URL, err)
		}
		if !more {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%s: the list has more than %d pages (paging.most): narrow the query", s.params.URL, w.paging.Most)
}

// walk goes from page to page.
type walk struct {
	paging Paging
	base   *url.URL
	path   string
	query  url.Values
	number int
	asked  map[string]bool // words and links that were followed already
}

func (w *walk) begin() {
	w.number = w.paging.First
	if w.paging.Page != "" {
		w.query.Set(w.paging.Page, strconv.Itoa(w.number))
	}
	if w.paging.Offset != "" {
		w.query.Set(w.paging.Offset, "0")
	}
}

// next makes ready to ask for the page behind a; at is how many items have been read so far. It returns false if there is
// none.
func (w *walk) next(a answer, at int) (bool, error) {
	switch g := w.paging; {
	case !g.Next.IsZero():
		return w.follow(g.Next.Text(a.whole))
	case !g.Cursor.IsZero():
		word := g.Cursor.Text(a.whole)
		if word == "" {
			return false, nil
		}
		w.query.Set(g.Param, word)
		return true, w.once(word)
	case g.Offset == "" && g.Page == "":
		return false, nil
	}
	switch counted := !w.paging.Total.IsZero(); {
	case counted && at >= a.total:
		return false, nil
	case counted && a.count == 0:
		return false, fmt.Errorf("the list ends after %d of %d incidents", at, a.total)
	}
	w.number++
	if w.paging.Page != "" {
		w.query.Set(w.paging.Page, strconv.Itoa(w.number))
	} else {
		w.query.Set(w.paging.Offset, strconv.Itoa(at))
	}
	return a.count > 0, nil
}

// follow takes the link to the next page, which must lead to the same host: it is asked with our credentials.
func (w *walk) follow(link string) (bool, error) {
	if link == "" {
		return false, nil
	}
	here := *w.base
	here.Path, here.RawPath = w.path, ""
	u, err := here.Parse(link)
	if err != nil {
		return false, errors.New("the link to the next page is no URL")
	}
	if u.Host != w.base.Host {
		return false, fmt.Errorf("the next page is said to be on another host, %s, which is not asked", u.Host)
	}
	w.path, w.query = u.EscapedPath(), u.Query()
	return true, w.once(link)
}

// once makes sure that the list does not go round in circles.
func (w *walk) once(link string) error {
	if w.asked[link] {
		return errors.New("the list goes round in circles: a page leads to one that was read already")
	}
	w.asked[link] = true
	return nil
}

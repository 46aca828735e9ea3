package pagerduty

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/failurefriday/friday/verify"
)

const (
	pageSize  = 100
	lastIndex = 10_000               // PagerDuty refuses to page beyond it
	window    = 180 * 24 * time.Hour // and to look at more than six months at once
	// mostPages bounds a walk through a list that changes faster than it can be read.
	mostPages = 3 * lastIndex / pageSize
)

// walk reads all pages of a list and calls each once for every item.
type walk struct {
	s          *Source
	path, list string
	query      url.Values
	each       func(object) error
	seen       map[string]bool // ids; an item without one is taken for new
}

func (s *Source) walk(path, list string, query url.Values, each func(object) error) *walk {
	query.Set("limit", fmt.Sprint(pageSize))
	return &walk{s, path, list, query, each, map[string]bool{}}
}

var errMoved = errors.New("the list has changed since the page before")

// run goes through the list. It is cut where the list goes on beyond the last index that PagerDuty allows.
//
// While it is read, items may leave the list, and those behind them move up, past the place where the next page begins.
// So each page overlaps the one before by one item, and if that is not there any more the walk goes back.
func (w *walk) run(ctx context.Context) (cut bool, err error) {
	offset := 0
	for range mostPages {
		w.query.Set("offset", fmt.Sprint(offset))
		count, more, err := w.page(ctx, offset > 0)
		switch {
		case errors.Is(err, errMoved):
			offset = max(0, offset-pageSize)
		case err != nil || !more:
			return false, err
		case offset+pageSize >= lastIndex:
			return true, nil
		default:
			offset += max(count-1, 0) // a server may tell fewer than it was asked for
		}
	}
	return false, fmt.Errorf("%s: the list changes faster than it can be read", w.path)
}

// page reads one page, which overlaps with what was seen already unless it is the first.
func (w *walk) page(ctx context.Context, overlaps bool) (count int, more bool, err error) {
	more, err = w.s.page(ctx, w.path, w.list, w.query, func(o object) error {
		id := o.text("id")
		if count++; count == 1 && overlaps && id != "" && !w.seen[id] {
			return errMoved
		}
		if w.seen[id] {
			return nil
		}
		if id != "" {
			w.seen[id] = true
		}
		return w.each(o)
	})
	if err == nil && count == 0 && overlaps {
		err = errMoved
	}
	return count, more, err
}

// whole is run for a list that nobody needs beyond the last index: there it is an error.
func (w *walk) whole(ctx context.Context) error {
	cut, err := w.run(ctx)
	if cut {
		err = fmt.Errorf("%s: there are more than %d, and PagerDuty does not show the rest", w.path, lastIndex)
	}
	return err
}

// incidents is a walk through incidents in order of their creation, which are added to found.
func (s *Source) incidents(query url.Values, found *[]verify.Incident) *walk {
	return s.walk("/incidents", "incidents", query, func(o object) error {
		in, err := incident(o)
		in.Source = s.name
		*found = append(*found, in)
		return err
	})
}

// opened adds what was opened from a moment (PagerDuty's clock) up to now, in as many windows of time as it takes.
func (w *walk) opened(ctx context.Context, from time.Time, found *[]verify.Incident) error {
	offset, _ := w.s.Offset()
	now := time.Now().Add(offset)
	w.query.Del("date_range")
	for {
		until := from.Add(window)
		w.query.Set("since", stamp(from))
		w.query.Del("until")
		if until.Before(now) {
			w.query.Set("until", stamp(until))
		}
		cut, err := w.run(ctx)
		switch {
		case err != nil:
			return err
		case cut:
			last := latest(*found)
			if !last.After(from) {
				return fmt.Errorf("more than %d incidents were opened at %s: PagerDuty does not show the rest", lastIndex, stamp(from))
			}
			from = last
		case until.Before(now):
			from = until
		default:
			return nil
		}
	}
}

// latest is when the last of the incidents was opened.
func latest(found []verify.Incident) time.Time {
	var t time.Time
	for _, in := range found {
		if in.Opened.After(t) {
			t = in.Opened
		}
	}
	return t
}

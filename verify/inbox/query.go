package inbox

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// paging is classic pagination: limit, offset, and the total if it was asked for.
type paging struct {
	limit, offset int
	total         bool
}

const (
	defaultLimit = 25
	maxLimit     = 100
	maxReach     = 10_000 // offset + limit
)

func (c *call) paging() (paging, error) {
	p := paging{limit: defaultLimit, total: c.query.Get("total") == "true"}
	for name, to := range map[string]*int{"limit": &p.limit, "offset": &p.offset} {
		if text := c.query.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || (name == "limit" && n == 0) {
				return p, badInput("%s must be a number, not %q", name, text)
			}
			*to = n
		}
	}
	p.limit = min(p.limit, maxLimit)
	if p.offset+p.limit > maxReach {
		return p, badInput("offset plus limit must not be more than %d", maxReach)
	}
	return p, nil
}

// pageOf answers with one page of all, each item drawn by show. Only what is shown is drawn.
func pageOf[T, V any](c *call, name string, all []T, show func(T) V) (answer, error) {
	p, err := c.paging()
	if err != nil {
		return answer{}, err
	}
	shown := []V{}
	for _, one := range all[min(p.offset, len(all)):min(p.offset+p.limit, len(all))] {
		shown = append(shown, show(one))
	}
	var total *int
	if p.total {
		total = new(len(all))
	}
	return answer{body: map[string]any{
		name: shown, "limit": p.limit, "offset": p.offset, "more": p.offset+p.limit < len(all), "total": total,
	}}, nil
}

// one answers with one thing, or 404 if there is none.
func one[T, V any](name string, thing *T, show func(*T) V) (answer, error) {
	if thing == nil {
		return answer{}, notFound()
	}
	return answer{body: map[string]any{name: show(thing)}}, nil
}

// span is a range of time; a zero end is open.
type span struct{ since, until time.Time }

// holds reports whether t, shown in whole seconds, is in the span; both ends belong to it.
func (s span) holds(t time.Time) bool {
	return (s.since.IsZero() || !t.Before(s.since)) && (s.until.IsZero() || !t.Truncate(time.Second).After(s.until))
}

// span reads since and until.
func (c *call) span() (span, error) {
	var s span
	for name, to := range map[string]*time.Time{"since": &s.since, "until": &s.until} {
		text := c.query.Get(name)
		if text == "" {
			continue
		}
		t, ok := parseTime(text)
		if !ok {
			return s, &apiError{status: 400, Code: 2004, Message: "Invalid Input Provided", Errors: []string{name + " is not a time: " + text}}
		}
		*to = t
	}
	if !s.since.IsZero() && !s.until.IsZero() && s.until.Before(s.since) {
		return s, badRange("until is before since")
	}
	return s, nil
}

func badRange(text string) *apiError {
	return &apiError{status: 400, Code: 2005, Message: "Invalid Input Provided", Errors: []string{text}}
}

// parseTime reads ISO 8601; a time without a zone is UTC.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// set is a filter of the form name[]=a&name[]=b; without the parameter everything is in it.
type set struct{ of []string }

func setOf(q url.Values, name string) set { return set{q[name+"[]"]} }

func (s set) has(values ...string) bool {
	return s.of == nil || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(s.of, v) })
}

// contains is the query parameter: a part of the name, in any case.
func contains(name, query string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(query))
}

// decode reads the body of a request.
func (c *call) decode(to any) error {
	if err := json.Unmarshal(c.body, to); err != nil {
		return badInput("the body is not what it should be: %v", err)
	}
	return nil
}

// from is the user of the From header.
func (c *call) from() (*user, error) {
	address := c.r.Header.Get("From")
	if address == "" {
		return nil, badInput("the From header is missing: it holds the mail address of a user")
	}
	u := find(c.s.world.users, func(u *user) bool { return strings.EqualFold(u.email, address) })
	if u == nil {
		return nil, &apiError{status: 400, Code: 1008, Message: "Requester User Not Found", Errors: []string{"From: " + address + " is no user of this inbox; GET /users lists them"}}
	}
	return u, nil
}

// filter returns those that fit.
func filter[T any](all []T, fits func(T) bool) []T {
	var some []T
	for _, one := range all {
		if fits(one) {
			some = append(some, one)
		}
	}
	return some
}

package verifytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// PagerDuty plays the part of PagerDuty's REST API that a reader of incidents needs, as strict as the real one: no page
// beyond index 10,000, no range of time beyond six months, one month unless told otherwise. What lies in the future is
// told once it has happened. It is safe for concurrent use.
type PagerDuty struct {
	// Lists are what /services, /maintenance_windows and /oncalls tell, by the name of the list.
	Lists map[string][]map[string]any
	// Token is what readers must send; empty accepts any, but not none.
	Token string
	Now   func() time.Time // nil means time.Now

	mu        sync.Mutex
	incidents []*Incident // oldest first
	log       []entry     // newest first
	requests  []Request
}

// Request is a request as the fake saw it.
type Request struct {
	Path   string
	Query  url.Values
	Header http.Header
}

// entry is an entry in the log of the account, as it is told.
type entry struct {
	at   time.Time
	text json.RawMessage
}

const (
	lastIndex = 10_000
	sixMonths = 184 * 24 * time.Hour
)

// Add adds incidents, which may be opened and resolved at any time, also later on.
func (p *PagerDuty) Add(incidents ...Incident) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, in := range incidents {
		p.incidents = append(p.incidents, &in)
		p.log = append(p.log, entries(in)...)
	}
	slices.SortStableFunc(p.incidents, func(a, b *Incident) int { return a.Opened.Compare(b.Opened) })
	slices.SortStableFunc(p.log, func(a, b entry) int { return b.at.Compare(a.at) })
}

// Requests are the requests so far, in order.
func (p *PagerDuty) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// ServeHTTP answers one request.
func (p *PagerDuty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, Request{r.URL.Path, r.URL.Query(), r.Header.Clone()})
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Token token=")
	if !ok || token == "" || p.Token != "" && token != p.Token {
		refuse(w, http.StatusUnauthorized, 2006, "Authentication failed")
		return
	}
	if r.Method != http.MethodGet {
		refuse(w, http.StatusMethodNotAllowed, 2001, "this fake is read-only")
		return
	}
	switch name := strings.TrimPrefix(r.URL.Path, "/"); name {
	case "incidents":
		p.listIncidents(w, r.URL.Query())
	case "log_entries":
		p.listLog(w, r.URL.Query())
	case "services", "maintenance_windows", "oncalls":
		page(w, r.URL.Query(), name, p.Lists[name], func(item map[string]any) json.RawMessage { return encode(item) })
	default:
		refuse(w, http.StatusNotFound, 2100, "Not Found")
	}
}

func (p *PagerDuty) listIncidents(w http.ResponseWriter, q url.Values) {
	since, until, err := p.span(q)
	if err != nil {
		refuse(w, http.StatusBadRequest, 2005, err.Error())
		return
	}
	statuses, services := q["statuses[]"], q["service_ids[]"]
	now := p.now()
	var some []*Incident
	for _, in := range p.incidents {
		if !in.Opened.After(now) && !in.Opened.Before(since) && in.Opened.Before(until) &&
			(len(statuses) == 0 || slices.Contains(statuses, in.status(now))) &&
			(len(services) == 0 || slices.Contains(services, in.Service)) {
			some = append(some, in)
		}
	}
	if q.Get("sort_by") != "created_at:asc" {
		slices.Reverse(some)
	}
	page(w, q, "incidents", some, func(in *Incident) json.RawMessage { return in.tell(now) })
}

func (p *PagerDuty) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// span is the range of time of a query for incidents.
func (p *PagerDuty) span(q url.Values) (since, until time.Time, err error) {
	until = p.now().Add(time.Second)
	if q.Get("date_range") == "all" {
		return since, until, nil
	}
	if until, err = moment(q, "until", until); err != nil {
		return since, until, err
	}
	if since, err = moment(q, "since", until.AddDate(0, -1, 0)); err != nil {
		return since, until, err
	}
	if until.Sub(since) > sixMonths {
		return since, until, fmt.Errorf("the range of time is longer than six months")
	}
	return since, until, nil
}

func (p *PagerDuty) listLog(w http.ResponseWriter, q url.Values) {
	since, err := moment(q, "since", time.Time{})
	if err != nil {
		refuse(w, http.StatusBadRequest, 2004, err.Error())
		return
	}
	now := p.now()
	until, err := moment(q, "until", now.Add(time.Second))
	if err != nil {
		refuse(w, http.StatusBadRequest, 2004, err.Error())
		return
	}
	some := slices.DeleteFunc(slices.Clone(p.log), func(e entry) bool {
		return e.at.After(now) || e.at.Before(since) || !e.at.Before(until)
	})
	page(w, q, "log_entries", some, func(e entry) json.RawMessage { return e.text })
}

// moment reads a time, which must say that it is UTC: PagerDuty reads any other one in the time zone of the account.
func moment(q url.Values, name string, otherwise time.Time) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return otherwise, nil
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// page answers with one page of a list.
func page[T any](w http.ResponseWriter, q url.Values, name string, all []T, tell func(T) json.RawMessage) {
	limit, offset := 25, 0
	for name, to := range map[string]*int{"limit": &limit, "offset": &offset} {
		if text := q.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				refuse(w, http.StatusBadRequest, 2001, name+" is no number")
				return
			}
			*to = n
		}
	}
	limit = min(limit, 100)
	if offset+limit > lastIndex {
		refuse(w, http.StatusBadRequest, 2001, "offset plus limit must not be more than 10000")
		return
	}
	shown := []json.RawMessage{}
	for _, item := range all[min(offset, len(all)):min(offset+limit, len(all))] {
		shown = append(shown, tell(item))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encode(map[string]any{
		name: shown, "limit": limit, "offset": offset, "more": offset+limit < len(all), "total": nil,
	})) // a reader that is gone is the business of the test
}

func refuse(w http.ResponseWriter, status, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]any{"error": map[string]any{"message": message, "code": code}}))
}

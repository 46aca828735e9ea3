package rest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/verify/verifytest"
)

// dialect is how one system lists its incidents, and how Friday is told to read it.
type dialect struct {
	guide    string                                                 // the heading in docs/http-sources.md below which the parameters stand
	params   string                                                 // or these, without the url
	secrets  map[string]string                                      // headers that must come with every request
	tell     func(in verifytest.Incident, open bool) map[string]any // one incident
	list     func(*fake, *http.Request, []map[string]any) any       // one page
	since    func(url.Values) time.Time                             // reads the filter by time
	openOnly func(url.Values) bool                                  // reads the filter by status
	optional []string
	nothing  []verifytest.Fault
}

func rfc(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

func either(open bool, yes, no string) string {
	if open {
		return yes
	}
	return no
}

// wrong is what no list may be taken for in any dialect whose list has this name.
func wrong(list string) []verifytest.Fault {
	return []verifytest.Fault{
		verifytest.Answer("a list that is null", 200, `{"`+list+`":null}`),
		verifytest.Answer("a list that is an object", 200, `{"`+list+`":{}}`),
		verifytest.Answer("an item that is null", 200, `{"`+list+`":[null]}`),
		verifytest.Answer("an item that says nothing", 200, `{"`+list+`":[{}]}`),
		verifytest.Answer("a list of another name", 200, `{"things":[]}`),
	}
}

// onCall is Grafana OnCall: pages by a link, newest first, a range of time with an underscore.
func onCall() dialect {
	return dialect{
		guide:   "Grafana OnCall",
		secrets: map[string]string{"Authorization": "s3cret-ONCALL_KEY"},
		tell: func(in verifytest.Incident, open bool) map[string]any {
			return map[string]any{
				"id": in.ID, "integration_id": in.Service, "title": in.Title, "state": either(open, "new", "resolved"), "created_at": rfc(in.Opened),
				"resolved_at": rfc(in.Resolved), "acknowledged_at": nil, "labels": []any{}, "permalinks": map[string]any{"web": "https://x.example/" + in.ID},
			}
		},
		list: func(f *fake, r *http.Request, all []map[string]any) any {
			slices.Reverse(all)
			page := max(1, number(r, "page", 1))
			from, to := window(len(all), (page-1)*50, 50)
			var next any
			if to < len(all) {
				q := r.URL.Query()
				q.Set("page", strconv.Itoa(page+1))
				next = "http://" + r.Host + r.URL.Path + "?" + q.Encode()
			}
			return map[string]any{"count": len(all), "next": next, "previous": nil, "results": all[from:to], "page_size": 50}
		},
		since: func(q url.Values) time.Time {
			begin, _, _ := strings.Cut(q.Get("started_at"), "_")
			t, _ := time.Parse("2006-01-02T15:04:05", begin)
			return t
		},
		optional: []string{"title", "acknowledged_at", "integration_id", "permalinks", "labels", "last_alert"},
		nothing:  wrong("results"),
	}
}

// incidentIO are the alerts of incident.io: pages by a cursor, filters in brackets.
func incidentIO() dialect {
	return dialect{
		guide:   "incident.io",
		secrets: map[string]string{"Authorization": "Bearer s3cret-INCIDENT_IO_KEY"},
		tell: func(in verifytest.Incident, open bool) map[string]any {
			return map[string]any{
				"id": in.ID, "title": in.Title, "status": either(open, "firing", "resolved"), "alert_source_id": in.Service,
				"deduplication_key": "key-" + in.ID, "created_at": rfc(in.Opened), "resolved_at": rfc(in.Resolved), "attributes": []any{},
			}
		},
		list: func(f *fake, r *http.Request, all []map[string]any) any {
			i := 1 + slices.IndexFunc(all, func(a map[string]any) bool { return a["id"] == r.URL.Query().Get("after") })
			from, to := window(len(all), i, number(r, "page_size", 25))
			meta := map[string]any{"page_size": 50}
			if to < len(all) {
				meta["after"] = all[to-1]["id"]
			}
			return map[string]any{"alerts": all[from:to], "pagination_meta": meta}
		},
		since:    func(q url.Values) time.Time { return instant(q.Get("created_at[gte]")) },
		openOnly: func(q url.Values) bool { return q.Get("status[one_of]") == "firing" },
		optional: []string{"title", "description", "alert_source_id", "deduplication_key", "source_url", "attributes"},
		nothing:  wrong("alerts"),
	}
}

// opsgenie: pages by offset, an expression with milliseconds, and closing times that are told apart from the list.
func opsgenie() dialect {
	return dialect{
		guide:   "Opsgenie",
		secrets: map[string]string{"Authorization": "GenieKey s3cret-OPSGENIE_KEY"},
		tell: func(in verifytest.Incident, open bool) map[string]any {
			updated := in.Opened
			if !open {
				updated = in.Resolved
			}
			return map[string]any{
				"id": in.ID, "alias": "key-" + in.ID, "message": in.Title, "status": either(open, "open", "closed"), "acknowledged": false,
				"source": in.Service, "priority": "P1", "tags": []any{"job:api", "drill"},
				"createdAt": in.Opened.Format("2006-01-02T15:04:05.000Z"), "updatedAt": updated.Format("2006-01-02T15:04:05.000Z"),
			}
		},
		list: func(f *fake, r *http.Request, all []map[string]any) any {
			offset, limit := number(r, "offset", 0), number(r, "limit", 20)
			from, to := window(len(all), offset, limit)
			paging := map[string]any{}
			if to < len(all) {
				q := r.URL.Query()
				q.Set("offset", strconv.Itoa(to))
				paging["next"] = "http://" + r.Host + r.URL.Path + "?" + q.Encode()
			}
			return map[string]any{"data": all[from:to], "paging": paging, "took": 0.1, "requestId": "r"}
		},
		since: func(q url.Values) time.Time {
			ms, ok := strings.CutPrefix(q.Get("query"), "createdAt >= ")
			n, err := strconv.ParseInt(ms, 10, 64)
			if !ok || err != nil {
				return time.Time{}
			}
			return time.UnixMilli(n)
		},
		openOnly: func(q url.Values) bool { return q.Get("query") == "status: open" },
		optional: []string{"message", "alias", "source", "priority", "tags", "acknowledged", "report"},
		nothing:  wrong("data"),
	}
}

// splunk is Splunk On-Call: one page, no filter, two headers, transitions in a list.
func splunk() dialect {
	return dialect{
		guide:   "Splunk On-Call",
		secrets: map[string]string{"X-VO-Api-Id": "s3cret-VO_ID", "X-VO-Api-Key": "s3cret-VO_KEY"},
		tell: func(in verifytest.Incident, open bool) map[string]any {
			steps := []any{map[string]any{"name": "TRIGGERED", "at": rfc(in.Opened)}}
			if !open {
				steps = append(steps, map[string]any{"name": "RESOLVED", "at": rfc(in.Resolved), "manually": false})
			}
			return map[string]any{
				"incidentNumber": in.ID, "startTime": rfc(in.Opened), "currentPhase": either(open, "UNACKED", "RESOLVED"), "entityId": "key-" + in.ID,
				"entityDisplayName": in.Title, "entityState": "CRITICAL", "service": in.Service, "transitions": steps, "pagedUsers": []any{},
			}
		},
		list:     func(f *fake, r *http.Request, all []map[string]any) any { return map[string]any{"incidents": all} },
		optional: []string{"entityDisplayName", "entityId", "entityState", "service", "transitions", "pagedUsers"},
		nothing:  wrong("incidents"),
	}
}

// numbered is a plain API with pages by number, a total, and times in seconds with a fraction.
func numbered() dialect {
	return dialect{
		params: `{path: /api/events, auth: [{user: friday, env: BASIC}], items: "page.events", query: {per_page: [40]}, paging: {page: page, first: 0, total: page.total},
  times: unix_float, since_query: {from: "{since}"},
  fields: {id: [host, check, at], title: what, status: severity, opened: at, resolved: "over.at", service: check, labels: tags},
  states: {triggered: [crit], resolved: [ok]}}`,
		secrets: map[string]string{"Authorization": "Basic ZnJpZGF5OnMzY3JldC1CQVNJQw=="},
		tell: func(in verifytest.Incident, open bool) map[string]any {
			told := map[string]any{
				"host": in.ID, "check": cmp.Or(in.Service, "none"), "at": float(in.Opened), "what": in.Title, "severity": either(open, "CRIT", "OK"),
			}
			if !open {
				told["over"] = map[string]any{"at": float(in.Resolved)}
			}
			return told
		},
		list: func(f *fake, r *http.Request, all []map[string]any) any {
			from, to := window(len(all), number(r, "page", 0)*number(r, "per_page", 10), number(r, "per_page", 10))
			return map[string]any{"page": map[string]any{"total": len(all), "events": all[from:to]}}
		},
		since: func(q url.Values) time.Time {
			t, _ := strconv.ParseFloat(q.Get("from"), 64)
			return time.UnixMicro(int64(t * 1e6))
		},
		optional: []string{"what", "over", "tags"},
		nothing:  []verifytest.Fault{verifytest.Answer("no total", 200, `{"page":{"events":[]}}`)},
	}
}

func float(t time.Time) float64 {
	s, _ := strconv.ParseFloat(fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000), 64)
	return s
}

func instant(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

func number(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return otherwise
	}
	return n
}

func window(n, from, count int) (int, int) { return min(from, n), min(from+count, n) }

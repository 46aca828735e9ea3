package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// prometheus lists only what is pending or firing, inside of an envelope, and gives nothing an id.
func prometheus() dialect {
	return dialect{
		guide: "Prometheus",
		tell: func(in verifytest.Incident, open bool) map[string]any {
			return map[string]any{
				"labels": map[string]any{"alertname": in.Title, "service": in.Service, "id": in.ID}, "annotations": map[string]any{},
				"state": "firing", "activeAt": in.Opened.Format(time.RFC3339Nano), "value": "1e+00",
			}
		},
		list: func(f *fake, r *http.Request, all []map[string]any) any {
			return map[string]any{"status": "success", "data": map[string]any{"alerts": append(all, map[string]any{
				"labels": map[string]any{"alertname": "Pending"}, "state": "pending", "activeAt": "2026-01-02T03:04:05Z",
			})}}
		},
		openOnly: func(url.Values) bool { return true },
		optional: []string{"annotations", "value"},
		nothing: []verifytest.Fault{
			verifytest.Answer("an error", 200, `{"status":"error","errorType":"timeout","error":"query timed out"}`),
			verifytest.Answer("no alerts", 200, `{"status":"success","data":{}}`),
			verifytest.Answer("a word for a state", 200, `{"status":"success","data":{"alerts":[{"labels":{},"state":"recovering","activeAt":"2026-01-02T03:04:05Z"}]}}`),
		},
	}
}

// TestListThatForgets: what is gone from a list of open incidents is over, and is not forgotten.
func TestListThatForgets(t *testing.T) {
	d := prometheus()
	verifytest.Suite{
		New:     func(url string, timeout time.Duration) verify.Source { return d.source(t, url, timeout) },
		Backend: func() verifytest.Backend { return &fake{dialect: d} },
		Nothing: d.nothing, Optional: d.optional, Forgets: true,
		ID: func(in verify.Incident) string { return in.Labels["id"] },
	}.Run(t)
}

const few = `{items: items, fields: {id: id, title: title, opened: at, resolved: end}, `

// answers is a server whose page n is the n-th of the texts, and the last one for ever.
func answers(t *testing.T, texts ...string) (url string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.String())
		n := min(len(*asked), len(texts)) - 1
		_, _ = w.Write([]byte(strings.ReplaceAll(texts[n], "HOST", r.Host))) // a reader that is gone is what the test is about
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func item(id int) string { return fmt.Sprintf(`{"id":%d,"at":"2026-01-02T03:04:05Z"}`, id) }

func TestPaging(t *testing.T) {
	t.Parallel()
	full := func(from, to int, more string) string {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, item(i))
		}
		return `{"items":[` + strings.Join(all, ",") + `]` + more + `}`
	}
	for name, c := range map[string]struct {
		paging string
		pages  []string
		want   string // how many incidents, or the error
		asked  string
	}{
		"one page":               {`{}`, []string{full(0, 3, "")}, "3", "/"},
		"a link":                 {`{next: next}`, []string{full(0, 2, `,"next":"http://HOST/x?p=2&q=a%20b"`), full(2, 3, `,"next":null`)}, "3", "/ /x?p=2&q=a+b"},
		"a link of a query":      {`{next: next}`, []string{full(0, 2, `,"next":"?p=2"`), full(2, 3, "")}, "3", "/ /?p=2"},
		"a link elsewhere":       {`{next: next}`, []string{full(0, 2, `,"next":"http://elsewhere.example/x"`)}, "another host, elsewhere.example", "/"},
		"a link that is none":    {`{next: next}`, []string{full(0, 2, `,"next":"http://[x"`)}, "is no URL", "/"},
		"a link to itself":       {`{next: next}`, []string{full(0, 2, `,"next":"/x"`)}, "round in circles", "/ /x"},
		"a cursor":               {`{cursor: meta.after, param: after}`, []string{full(0, 2, `,"meta":{"after":"a b"}`), full(2, 3, `,"meta":{}`)}, "3", "/ /?after=a+b"},
		"a cursor that stays":    {`{cursor: after, param: after}`, []string{full(0, 2, `,"after":7`)}, "round in circles", "/ /?after=7"},
		"offsets":                {`{offset: skip}`, []string{full(0, 2, ""), full(2, 3, ""), full(0, 0, "")}, "3", "/?skip=0 /?skip=2 /?skip=3"},
		"offsets and a total":    {`{offset: skip, total: n}`, []string{full(0, 2, `,"n":3`), full(2, 3, `,"n":"3"`)}, "3", "/?skip=0 /?skip=2"},
		"fewer than the total":   {`{offset: skip, total: n}`, []string{full(0, 2, `,"n":3`), full(0, 0, `,"n":3`)}, "ends after 2 of 3", "/?skip=0 /?skip=2"},
		"pages that move":        {`{page: page, total: n}`, []string{full(0, 2, `,"n":4`), full(1, 3, `,"n":4`)}, "3", "/?page=1 /?page=2"},
		"pages from 0 to an end": {`{page: page, first: 0}`, []string{full(0, 2, ""), full(0, 0, "")}, "2", "/?page=0 /?page=1"},
		"more pages than many":   {`{page: page, most: 3}`, []string{full(0, 2, "")}, "more than 3 pages", "/?page=1 /?page=2 /?page=3"},
		"more items than many":   {`{page: page}`, []string{full(0, 10_001, "")}, "more than 10000 incidents", "/?page=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, asked := answers(t, c.pages...)
			p := params(t, few+`timeout: 30s, url: "`+url+`", path: /, paging: `+c.paging+"}")
			src, err := p.Build("api", verify.Env{})
			if err != nil {
				t.Fatal(err)
			}
			found, err := src.Open(t.Context())
			got := fmt.Sprint(len(found))
			if err != nil {
				got = err.Error()
			}
			if !strings.HasSuffix(got, c.want) && (err == nil || !strings.Contains(got, c.want)) || err != nil && found != nil {
				t.Errorf("%s, want %s", got, c.want)
			}
			if asked := strings.Join(*asked, " "); asked != c.asked {
				t.Errorf("asked %s\nwant  %s", asked, c.asked)
			}
		})
	}
}

// TestQueries: what is asked for, in the words of the API.
func TestQueries(t *testing.T) {
	t.Parallel()
	url, asked := answers(t, `{"items":[]}`)
	src := source(t, few+`path: /v1/list, query: {kind: [a, b]}, open_query: {open: 1}, since_query: {q: "from {since}"}, since_times: unix}`, url+"/base")
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Since(t.Context(), time.Unix(1_700_000_000, 5)); err != nil {
		t.Fatal(err)
	}
	want := "/base/v1/list?kind=a&kind=b&open=1 /base/v1/list?kind=a&kind=b&q=from+1699999999"
	if got := strings.Join(*asked, " "); got != want {
		t.Errorf("asked %s\nwant  %s", got, want)
	}
	if src.Address() != url+"/base" || src.Requests() != 2 || src.Bytes() == 0 || !strings.HasPrefix(url, "http://127") {
		t.Errorf("%s, %d requests, %d bytes", src.Address(), src.Requests(), src.Bytes())
	}
	if offset, known := src.Offset(); offset != 0 || !known {
		t.Errorf("offset %s, %v", offset, known)
	}
}

// TestFaultsAreNamed: the one who wrote the parameters is told which of them does not fit.
func TestFaultsAreNamed(t *testing.T) {
	t.Parallel()
	for answer, says := range map[string]string{
		`{"items":[{"id":1,"at":"soon"}]}`: `opened: "soon" is no time in the format rfc3339`,
		`{"items":[{"at":"x"}]}`:           "there is nothing at id",
		`{"list":[]}`:                      `there is no field "items"`,
		`{"error":"s3cret-K is wrong"}`:    `there is no field "items"`,
	} {
		url, _ := answers(t, answer)
		src := source(t, few+`auth: [{env: K}]}`, url)
		err := src.Ready(t.Context())
		if httpapi.KindOf(err) != httpapi.Garbage || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const fine = `url: "https://x.example", items: items, fields: {id: id, title: title, opened: at, status: is}`
	for _, c := range []struct{ params, fields string }{
		{`{` + fine + `}`, ""},
		{Kind.Example, ""},
		{`{url: "https://x.example"}`, "fields.title items fields.id fields.opened fields.status"},
		{`{url: "https://x.example", open_only: true, items: $, fields: {id: id, title: a, opened: at}}`, ""},
		{`{url: "ftp://x", path: x, items: a, fields: {id: id, title: a, opened: at, resolved: a}}`, "url path"},
		{`{url: "https://a:b@x", path: "/x?y=z", items: a, fields: {id: id, title: a, opened: at, resolved: a}}`, "url path"},
		{`{query: {a: "{since}"}, since_query: {b: "{until} {now} {since}"}, ` + fine + `}`, "query since_query"},
		{`{auth: [{header: "a b", env: A}, {}, {env: A, file: b}, {env: C, user: u, prefix: x, header: Y}], ` + fine + `}`, "auth[0] auth[1] auth[2] auth[2] auth[3]"},
		{`{headers: {Authorization: x, "a:b": c}, auth: [{env: A}], ` + fine + `}`, "headers auth[0]"},
		{`{paging: {next: a, cursor: b, total: n}, ` + fine + `}`, "paging paging paging.total"},
	} {
		p, err := decoded(c.params)
		if (err == nil) != (c.fields == "") {
			t.Errorf("%s: %v", c.params, err)
		}
		var got []string
		for _, bad := range p.Check() {
			got = append(got, bad.Field)
		}
		if strings.Join(got, " ") != c.fields {
			t.Errorf("%s: complaints about %q, want %q", c.params, got, c.fields)
		}
	}
}

func TestBuildReadsTheSecrets(t *testing.T) {
	t.Parallel()
	p := params(t, `{url: "http://127.0.0.1:1", auth: [{env: NONE}], items: a, fields: {id: id, title: a, opened: at, resolved: a}}`)
	if _, err := p.Build("api", verify.Env{Getenv: func(string) string { return "" }}); err == nil || err.Error() != "auth[0]: environment variable NONE is not set" {
		t.Errorf("%v", err)
	}
}

// TestWordsOfOpsgenie: what the list tells beside the time stamps.
func TestWordsOfOpsgenie(t *testing.T) {
	t.Parallel()
	d := opsgenie()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		one := d.tell(verifytest.Incident{ID: "A", Title: "down", Service: "s", Opened: time.Now()}, true)
		one["acknowledged"] = true
		_ = json.NewEncoder(w).Encode(map[string]any{"data": []any{one}, "paging": map[string]any{}})
	}))
	t.Cleanup(server.Close)
	found, err := d.source(t, server.URL, patience).Open(t.Context())
	if err != nil || len(found) != 1 || found[0].Status != verify.Acknowledged || found[0].Key != "key-A" || found[0].Severity != "P1" || found[0].Labels["job"] != "api" {
		t.Errorf("%+v, %v", found, err)
	}
}

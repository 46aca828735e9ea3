package pagerduty

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// serve starts a server and makes a source that reads it.
func serve(tb testing.TB, h http.Handler, p Params) *Source {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return source(tb, p, server.URL)
}

// crowd is n open incidents, one every step.
func crowd(from time.Time, n int, step time.Duration) []verifytest.Incident {
	all := make([]verifytest.Incident, n)
	for i := range all {
		all[i] = verifytest.Incident{ID: fmt.Sprintf("P%05d", i), Service: "Checkout", Title: "down", Opened: from.Add(time.Duration(i) * step)}
	}
	return all
}

// distinct is how many incidents are in found, each counted once.
func distinct(found []verify.Incident) int {
	ids := map[string]bool{}
	for _, in := range found {
		ids[in.ID] = true
	}
	return len(ids)
}

func TestTokenIsNeverTold(t *testing.T) {
	const canary = `c4nary/with "quotes" + plus`
	for name, body := range map[string]string{
		"plain": "you sent Token token=" + canary, "json": `{"error":{"message":"Token token=c4nary/with \"quotes\" + plus"}}`,
		"cut by the excerpt": strings.Repeat("x", 290) + canary, "as the answer": `"` + strings.ReplaceAll(canary, `"`, `\"`) + `"`,
	} {
		for _, code := range []int{200, 401, 429, 500} {
			fault := verifytest.Answer(name, code, body)
			faulty := &verifytest.Faulty{Good: &verifytest.PagerDuty{}}
			faulty.Script(func(int) *verifytest.Fault { return &fault })
			server := httptest.NewServer(faulty)
			e := env(map[string]string{"TOKEN": canary})
			src, err := (&Params{Token: secret.Ref{Env: "TOKEN"}, URL: server.URL}).Build("pd", e)
			if err != nil {
				t.Fatal(err)
			}
			_, err = src.Open(t.Context())
			if err == nil || strings.Contains(err.Error(), "c4nary") {
				t.Errorf("%s, %d: %v", name, code, err)
			}
			server.Close()
		}
	}
}

func TestWrongTokenNamesTheRegion(t *testing.T) {
	src := serve(t, &verifytest.PagerDuty{Token: "right"}, Params{Region: "eu"})
	err := src.Ready(t.Context())
	if httpapi.KindOf(err) != httpapi.Auth || !strings.Contains(err.Error(), "region eu") {
		t.Errorf("got %v", err)
	}
}

func TestTokenWithoutPermission(t *testing.T) {
	fault := verifytest.Answer("403", 403, `{"error":{"message":"Access Denied","code":2010}}`)
	faulty := &verifytest.Faulty{}
	faulty.Script(func(int) *verifytest.Fault { return &fault })
	err := serve(t, faulty, Params{}).Ready(t.Context())
	if httpapi.KindOf(err) != httpapi.Auth || !strings.Contains(err.Error(), "may not read incidents") || strings.Contains(err.Error(), "region") {
		t.Errorf("got %v", err)
	}
}

func TestRateLimitIsPassedOn(t *testing.T) {
	fault := verifytest.Answer("429", 429, `{}`, "ratelimit-reset: 7")
	faulty := &verifytest.Faulty{}
	faulty.Script(func(int) *verifytest.Fault { return &fault })
	_, err := serve(t, faulty, Params{}).Since(t.Context(), time.Now())
	if got := httpapi.RetryAfter(err); got != 7*time.Second || httpapi.KindOf(err) != httpapi.RateLimit {
		t.Errorf("retry after %s, %v", got, err)
	}
}

func TestQueriesAreInUTC(t *testing.T) {
	fake := &verifytest.PagerDuty{}
	at := time.Now().Add(-time.Hour)
	fake.Add(crowd(at, 1, 0)...)
	src := serve(t, fake, Params{})
	if found, err := src.Since(t.Context(), at.In(time.FixedZone("far", 5*3600))); err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	requests := fake.Requests()
	if len(requests) != 2 || requests[0].Path != "/incidents" || requests[1].Path != "/log_entries" {
		t.Fatalf("requests: %v", requests)
	}
	for _, r := range requests {
		if got, want := r.Query.Get("since"), at.UTC().Format("2006-01-02T15:04:05Z"); got != want {
			t.Errorf("%s: since %s, want %s", r.Path, got, want)
		}
	}
	if got := requests[0].Query["statuses[]"]; len(got) != 3 {
		t.Errorf("statuses: %v", got)
	}
}

func TestMoreThanCanBePaged(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 30,000 incidents")
	}
	t.Parallel()
	const n = lastIndex + 2345
	step := 400 * 24 * time.Hour / n // more than two windows of six months
	fake := &verifytest.PagerDuty{}
	from := time.Now().Add(-n * step)
	fake.Add(crowd(from, n, step)...)
	src := serve(t, fake, Params{timeout: calm})
	src.name = "pd"
	open, err := src.Open(t.Context())
	if err != nil || len(open) != n || distinct(open) != n {
		t.Fatalf("%d incidents (%d distinct), %v; want %d", len(open), distinct(open), err, n)
	}
	for _, r := range fake.Requests() {
		if until := r.Query.Get("until"); until != "" && !strings.HasSuffix(until, "Z") {
			t.Errorf("until %s", until)
		}
	}
}

func TestSinceGoesBeyondTheLastIndex(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 10,500 incidents and their log")
	}
	t.Parallel()
	const n = lastIndex + 500
	fake := &verifytest.PagerDuty{}
	from := time.Now().Add(-n * 100 * time.Millisecond).Truncate(time.Second)
	all := crowd(from, n, 100*time.Millisecond)
	all[0].Log = []verifytest.Entry{verifytest.Notified(from.Add(time.Second), "Ann", "email", "success")}
	fake.Add(all...)
	found, err := serve(t, fake, Params{timeout: calm}).Since(t.Context(), from)
	if err != nil || len(found) != n || distinct(found) != n {
		t.Fatalf("%d incidents (%d distinct), %v; want %d", len(found), distinct(found), err, n)
	}
	if got := found[0].Notified; len(got) != 1 || got[0].Who != "Ann" {
		t.Errorf("the oldest log entry is lost: %v", got)
	}
}

func TestTooManyAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 10,000 incidents")
	}
	t.Parallel()
	fake := &verifytest.PagerDuty{}
	from := time.Now().Add(-time.Hour).Truncate(time.Second)
	fake.Add(crowd(from, lastIndex+1, 0)...)
	src := serve(t, fake, Params{timeout: calm})
	if open, err := src.Open(t.Context()); err == nil || open != nil {
		t.Errorf("Open: %d incidents, %v; want an error", len(open), err)
	}
	if since, err := src.Since(t.Context(), from); err == nil || since != nil {
		t.Errorf("Since: %d incidents, %v; want an error", len(since), err)
	}
}

func TestRequestsDoNotDependOnWhatIsExpected(t *testing.T) {
	fake := &verifytest.PagerDuty{}
	at := time.Now().Add(-time.Hour)
	fake.Add(crowd(at, 50, time.Second)...)
	fake.Lists = map[string][]map[string]any{"services": {{"id": "P1", "name": "Checkout", "escalation_policy": verifytest.Ref("escalation_policy", "E1", "")}}}
	src := serve(t, fake, Params{})
	cost := func(n int) int {
		before := src.Requests()
		expected := slices.Repeat([]verify.Expectation{{Match: verify.Match{Service: match.Must("Checkout")}}}, n)
		if _, err := src.Trace(t.Context(), expected); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Since(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		return src.Requests() - before
	}
	if one, many := cost(1), cost(1000); one != 5 || many != 5 {
		t.Errorf("1 expectation costs %d requests, 1000 cost %d; want 5 each", one, many)
	}
}

// The first incidents are resolved after the first page was read, and the rest moves up.
func TestListThatMovesWhileItIsRead(t *testing.T) {
	for _, gone := range []int{1, 30, 60, 99, 100, 149} {
		from := time.Now().Add(-time.Hour)
		before, after := &verifytest.PagerDuty{}, &verifytest.PagerDuty{}
		before.Add(crowd(from, 150, time.Second)...)
		after.Add(crowd(from, 150, time.Second)[gone:]...)
		faulty := &verifytest.Faulty{Good: before}
		swap := verifytest.Fault{Name: "later", Spoil: func(w http.ResponseWriter, r *http.Request, _ http.Handler) { after.ServeHTTP(w, r) }}
		faulty.Script(func(n int) *verifytest.Fault {
			if n > 0 {
				return &swap
			}
			return nil
		})
		open, err := serve(t, faulty, Params{}).Open(t.Context())
		if want := 100 + 150 - max(gone, 100); err != nil || distinct(open) != want || len(open) != want {
			t.Errorf("%d resolved meanwhile: %d incidents (%d distinct), %v; want %d: the first page, and what is still open", gone, len(open), distinct(open), err, want)
		}
	}
}

func TestListThatNeverStands(t *testing.T) {
	n := 0
	restless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		fmt.Fprintf(w, `{"incidents":[{"id":"P%d","created_at":"2026-01-02T03:04:05Z"}],"more":true}`, n)
	})
	open, err := serve(t, restless, Params{}).Open(t.Context())
	if err == nil || open != nil || errors.Is(err, errMoved) || !strings.Contains(err.Error(), "changes") {
		t.Errorf("%d incidents, %v; want an error that says that the list changes", len(open), err)
	}
}

func TestServerWithSmallPages(t *testing.T) {
	fake := &verifytest.PagerDuty{}
	fake.Add(crowd(time.Now().Add(-time.Hour), 120, time.Second)...)
	small := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Set("limit", "25")
		r.URL.RawQuery = q.Encode()
		fake.ServeHTTP(w, r)
	})
	open, err := serve(t, small, Params{}).Open(t.Context())
	if err != nil || len(open) != 120 || distinct(open) != 120 {
		t.Errorf("%d incidents, %v; want 120", len(open), err)
	}
}

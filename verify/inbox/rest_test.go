package inbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// restRefusal is the error of the REST API.
func restRefusal(t *testing.T, res *http.Response, status int) apiError {
	t.Helper()
	var body struct{ Error apiError }
	if err := json.Unmarshal([]byte(text(t, res, status)), &body); err != nil {
		t.Fatal(err)
	}
	if body.Error.Code == 0 || body.Error.Message == "" {
		t.Errorf("the error has no code or no message: %+v", body.Error)
	}
	return body.Error
}

// filled has n open incidents with the keys 0 to n-1, opened a second apart, inside a synctest bubble.
func filled(t *testing.T, n int) *Server {
	t.Helper()
	s := mustNew(t, DefaultConfig(), Env{})
	for i := range n {
		send(t, s, trigger("dedup_key", fmt.Sprint(i)))
		time.Sleep(time.Second)
	}
	return s
}

func keys(all []seen) []string { return refs(all, func(i seen) string { return i.Key }) }

func TestPaging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, 30)
		for _, c := range []struct {
			query        string
			first, n     int
			limit        int
			more, totals bool
		}{
			{"", 0, 25, 25, true, false},
			{"?limit=10&offset=10&total=true", 10, 10, 10, true, true},
			{"?limit=10&offset=20", 20, 10, 10, false, false},
			{"?limit=500", 0, 30, 100, false, false},
			{"?offset=30", 0, 0, 25, false, false},
			{"?limit=100&offset=9900&total=true", 0, 0, 100, false, true},
		} {
			page := into[seenPage](t, do(s, "GET", "/incidents"+c.query, ""))
			if len(page.Incidents) != c.n || c.n > 0 && page.Incidents[0].Key != fmt.Sprint(c.first) || page.Limit != c.limit || page.More != c.more {
				t.Errorf("%q: %d incidents %q, limit %d, more %v", c.query, len(page.Incidents), keys(page.Incidents), page.Limit, page.More)
			}
			if (page.Total != nil) != c.totals || c.totals && *page.Total != 30 {
				t.Errorf("%q: total %v", c.query, page.Total)
			}
		}
	})
}

func TestFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now().UTC()
		at := func(d time.Duration) string { return url.QueryEscape(begin.Add(d).Format(time.RFC3339)) }
		s := filled(t, 4) // at 0, 1, 2 and 3 s
		send(t, s, trigger("routing_key", "search", "dedup_key", "low", "payload.severity", "info"))
		send(t, s, act("acknowledge", "1"))
		send(t, s, act("resolve", "2"))
		services := into[struct{ Services []struct{ ID string } }](t, do(s, "GET", "/services?query=SEAR", "")).Services
		if len(services) != 1 {
			t.Fatalf("services %+v", services)
		}
		for query, want := range map[string]string{
			"?statuses[]=triggered":                                     "0 3 low",
			"?statuses[]=acknowledged":                                  "1",
			"?statuses[]=acknowledged&statuses[]=resolved":              "1 2",
			"?statuses[]=nonsense":                                      "",
			"?urgencies[]=low":                                          "low",
			"?service_ids[]=" + services[0].ID:                          "low",
			"?incident_key=3":                                           "3",
			"?team_ids[]=PTEAM":                                         "",
			"?since=" + at(2*time.Second):                               "2 3 low",
			"?until=" + at(1*time.Second):                               "0 1",
			"?since=" + at(time.Second) + "&until=" + at(2*time.Second): "1 2",
			"?sort_by=incident_number:desc":                             "low 3 2 1 0",
			"?sort_by=urgency,created_at:desc":                          "low 3 2 1 0",
			"?sort_by=urgency:desc,incident_number":                     "0 1 2 3 low",
		} {
			if got := strings.Join(keys(incidents(t, s, query)), " "); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
	})
}

func TestOldIncidentsNeedADateRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filled(t, 1)
		time.Sleep(40 * 24 * time.Hour)
		if all := incidents(t, s, ""); len(all) != 0 {
			t.Errorf("without since: %+v", all)
		}
		if all := incidents(t, s, "?date_range=all"); len(all) != 1 {
			t.Errorf("with date_range=all: %d", len(all))
		}
	})
}

func TestBadQueries(t *testing.T) {
	s := busyInbox(t)
	for _, path := range []string{
		"/incidents?limit=0", "/incidents?limit=-1", "/incidents?offset=x", "/incidents?limit=100&offset=9901",
		"/incidents?since=2026-01-01&until=2026-12-31", "/incidents?since=2026-02-01&until=2026-01-01", "/incidents?sort_by=colour",
		"/incidents?sort_by=urgency,created_at,resolved_at", "/incidents?sort_by=urgency:up", "/log_entries?until=noon", "/services?sort_by=size",
		"/maintenance_windows?filter=never", "/notifications?since=2026-01-01", "/notifications?since=2026-01-01&until=2026-06-01", "/oncalls?since=x",
	} {
		if e := restRefusal(t, do(s, "GET", path, ""), 400); len(e.Errors) == 0 {
			t.Errorf("%s: the error does not say what is wrong: %+v", path, e)
		}
	}
	restRefusal(t, do(s, "GET", "/teams", ""), 404)
	restRefusal(t, do(s, "DELETE", "/incidents/P1", ""), 404)
}

func TestPutNeedsAKnownSender(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger())
	id := onlyIncident(t, s).ID
	body := `{"incident":{"type":"incident","status":"resolved"}}`
	restRefusal(t, do(s, "PUT", "/incidents/"+id, body), 400)
	if e := restRefusal(t, do(s, "PUT", "/incidents/"+id, body, "From", "nobody@friday.example"), 400); e.Code != 1008 {
		t.Errorf("code %d", e.Code)
	}
	if in := onlyIncident(t, s); in.Status != triggered {
		t.Errorf("a refused change was made: %+v", in)
	}
	text(t, do(s, "PUT", "/incidents/"+id, body, "From", "OnCall@friday.example"), 200)
	if in := onlyIncident(t, s); in.Status != resolved {
		t.Errorf("%+v", in)
	}
	if e := restRefusal(t, do(s, "PUT", "/incidents/"+id, body, "From", "oncall@friday.example"), 400); e.Message != "Incident Already Resolved" {
		t.Errorf("%+v", e)
	}
}

func TestPutChangesAllOrNothing(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger())
	id := onlyIncident(t, s).ID
	for _, second := range []string{
		`{"id":"PNONE","type":"incident","status":"resolved"}`,
		`{"id":"` + id + `","type":"service","status":"resolved"}`,
		`{"id":"` + id + `","type":"incident","status":"triggered"}`,
	} {
		body := `{"incidents":[{"id":"` + id + `","type":"incident","status":"resolved"},` + second + `]}`
		res := do(s, "PUT", "/incidents", body, "From", "oncall@friday.example")
		if res.StatusCode != 400 && res.StatusCode != 404 {
			t.Errorf("%s: status %d", second, res.StatusCode)
		}
		if in := onlyIncident(t, s); in.Status != triggered {
			t.Fatalf("%s: half of it was done: %+v", second, in)
		}
	}
	many := `{"incidents":[` + strings.TrimSuffix(strings.Repeat(`{"id":"x"},`, 251), ",") + `]}`
	restRefusal(t, do(s, "PUT", "/incidents", many, "From", "oncall@friday.example"), 413)
}

func TestMaintenanceWindowByAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, Config{Services: []Service{{Name: "checkout"}}}, Env{})
		now := time.Now().UTC()
		body := fmt.Sprintf(`{"maintenance_window":{"start_time":%q,"end_time":%q,"services":[{"id":%q}]}}`,
			now.Add(-time.Minute).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), s.world.services[0].id)
		var made struct {
			Window struct{ ID string } `json:"maintenance_window"`
		}
		if err := json.Unmarshal([]byte(text(t, do(s, "POST", "/maintenance_windows", body, "From", "oncall@friday.example"), 201)), &made); err != nil {
			t.Fatal(err)
		}
		send(t, s, trigger())
		if all := incidents(t, s, ""); len(all) != 0 {
			t.Errorf("incidents in maintenance: %+v", all)
		}
		if got := windows(t, s, "ongoing"); !slices.Equal(got, []string{made.Window.ID}) {
			t.Errorf("ongoing %q", got)
		}
		text(t, do(s, "DELETE", "/maintenance_windows/"+made.Window.ID, ""), 204)
		restRefusal(t, do(s, "DELETE", "/maintenance_windows/"+made.Window.ID, ""), 405)
		if got := windows(t, s, "past"); !slices.Equal(got, []string{made.Window.ID}) {
			t.Errorf("past %q", got)
		}
		send(t, s, trigger())
		onlyIncident(t, s)
		restRefusal(t, do(s, "POST", "/maintenance_windows", body), 400)
	})
}

func windows(t *testing.T, s *Server, filter string) []string {
	t.Helper()
	page := into[struct {
		Windows []struct{ ID string } `json:"maintenance_windows"`
	}](t, do(s, "GET", "/maintenance_windows?filter="+filter, ""))
	return refs(page.Windows, func(w struct{ ID string }) string { return w.ID })
}

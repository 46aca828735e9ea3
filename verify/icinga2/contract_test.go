package icinga2

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// recorded serves what a real Icinga has answered, and empty lists for what was not recorded.
func recorded(t *testing.T, files map[string]string) *Source {
	t.Helper()
	f := &fake{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := files[strings.TrimPrefix(r.URL.Path, "/v1/objects/")]
		if !ok {
			f.ServeHTTP(w, r)
			return
		}
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	return source(t, Params{}, server.URL)
}

func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	for file, open := range map[string]int{
		"services_ok.json": 0, "services_critical_soft.json": 0, "services_critical_hard.json": 1, "services_critical_in_downtime.json": 0,
	} {
		src := recorded(t, map[string]string{"services": file, "downtimes": "downtimes.json"})
		all, err := src.Open(t.Context())
		if err != nil || len(all) != open {
			t.Errorf("%s: %+v, %v; want %d", file, all, err, open)
		}
		if open != 1 || len(all) != 1 {
			continue
		}
		in := all[0]
		if in.ID != "lab!checkout-proc@2026-11-22T23:12:39.703493Z" || in.Title != "lab!checkout-proc: PROCS CRITICAL: 0 processes with args 'ff-lab-checkout-marker'" ||
			!in.Opened.Equal(time.UnixMicro(1795389159703493)) {
			t.Errorf("%+v", in)
		}
	}
}

// TestRecordedDowntime: who is quiet until when, from recorded answers alone. The moment of the record is long past, so
// the downtime that was recorded counts for nothing, and only its depth speaks.
func TestRecordedDowntime(t *testing.T) {
	t.Parallel()
	src := recorded(t, map[string]string{"services": "services_critical_in_downtime.json", "downtimes": "downtimes.json"})
	w, err := src.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := w.byKey["lab!checkout-proc"]
	w.at = time.Unix(1795389200, 0)
	if o := w.obstacle(c, "CRITICAL"); o == nil || o.kind != "SF-12" || !strings.Contains(o.text, `of ff until 2026-11-22 23:22:39 UTC ("failure friday")`) {
		t.Errorf("%+v", o)
	}
	w.at = time.Unix(1795399200, 0)
	if o := w.obstacle(c, "CRITICAL"); o == nil || o.kind != "SF-12" || strings.Contains(o.text, "until") {
		t.Errorf("%+v", o)
	}
}

// TestHushed: a problem that nobody was told of is none later, when it is over and the downtime, too.
func TestHushed(t *testing.T) {
	t.Parallel()
	f := &fake{}
	at := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	set := func(state int, hard, changed, before time.Time, depth int) {
		f.mu.Lock()
		f.lists = nil
		f.mu.Unlock()
		attrs := attrsOf("web")
		attrs["state"], attrs["downtime_depth"], attrs["last_state_critical"] = state, depth, unix(at)
		attrs["last_hard_state_change"], attrs["last_state_change"], attrs["previous_state_change"] = unix(hard), unix(changed), unix(before)
		f.put("services", "lab!web", attrs)
	}
	over := at.Add(10 * time.Second)
	for name, depth := range map[string]int{"in a downtime to the end": 1, "in a downtime that ended first": 0} {
		src := serve(t, f)
		set(2, at, at, at.Add(-time.Hour), 1)
		if open, err := src.Open(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%s: %+v, %v", name, open, err)
		}
		set(0, over, over, at, depth)
		_, first := src.Since(t.Context(), at)
		set(0, over, over, at, 0)
		if all, err := src.Since(t.Context(), at); err != nil || first != nil || len(all) != 0 {
			t.Errorf("%s: %+v, %v, %v", name, all, first, err)
		}
	}
}

// TestWorse: a warning that becomes critical is told anew, and so is a new incident; both end together.
func TestWorse(t *testing.T) {
	t.Parallel()
	f := &fake{}
	src := serve(t, f)
	at := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	for i, state := range []int{1, 2, 0} {
		attrs := attrsOf("web")
		attrs["state"], attrs["last_hard_state_change"] = state, unix(at.Add(time.Duration(i)*time.Second))
		f.mu.Lock()
		f.lists = nil
		f.mu.Unlock()
		f.put("services", "lab!web", attrs)
		if _, err := src.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := src.Since(t.Context(), at)
	if err != nil || len(all) != 2 || all[0].Severity != "warning" || all[1].Severity != "critical" {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, in := range all {
		if in.Status != verify.Resolved || !in.Resolved.Equal(at.Add(2*time.Second)) {
			t.Errorf("%+v", in)
		}
	}
}

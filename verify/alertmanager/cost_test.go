package alertmanager

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// crowded is a fake with n alerts, and n expectations of them.
func crowded(n int) (*fake, []verify.Expectation) {
	f := &fake{metrics: "alertmanager_notifications_total{integration=\"webhook\"} 1\nalertmanager_notification_requests_total{integration=\"webhook\"} 1\n"}
	var all []verify.Expectation
	for i := range n {
		name := fmt.Sprintf("Alert%d", i)
		f.Add(verifytest.Incident{ID: name, Title: name, Service: "checkout", Opened: time.Now().Add(-time.Minute)})
		all = append(all, verify.Expectation{ID: fmt.Sprint("1.", i), Source: "pd", Alert: verify.AlertMatch{Name: match.Must(name)}})
	}
	return f, all
}

func TestALookCostsFiveRequestsWhateverIsExpected(t *testing.T) {
	want := []string{"/metrics", "/api/v2/status", "/api/v2/silences", "/api/v2/alerts/groups", "/api/v2/alerts"}
	for _, n := range []int{1, 1000} {
		f, expected := crowded(n)
		s := f.serve(t, Params{})
		trail := s.Follow(expected)
		if len(f.paths) > 0 {
			t.Errorf("following asks %v", f.paths)
		}
		for range 2 {
			f.paths = nil
			found, err := trail.Look(t.Context(), time.Time{})
			if err != nil || len(found) != 3*n {
				t.Errorf("%d expectations: %d pieces of evidence, %v", n, len(found), err)
			}
			if !slices.Equal(f.paths, want) {
				t.Errorf("%d expectations: asked %v", n, f.paths)
			}
		}
		f.paths = nil
		if _, err := s.Since(t.Context(), time.Now().Add(-time.Hour)); err != nil || len(f.paths) != 2 {
			t.Errorf("Since asked %v, %v", f.paths, err)
		}
	}
}

func TestWithoutMetricsTheLastHopIsUnknown(t *testing.T) {
	f, expected := crowded(1)
	line := &verifytest.Faulty{Good: f}
	s := handle(t, line)
	trail := s.Follow(expected)
	missing := verifytest.Answer("404", 404, "not found")
	broken := verifytest.Answer("500", 500, "oops")
	for status, fault := range map[string]*verifytest.Fault{"404": &missing, "500": &broken} {
		line.Script(func(n int) *verifytest.Fault {
			if n == 0 {
				return fault
			}
			return nil
		})
		found, err := trail.Look(t.Context(), time.Time{})
		if status == "500" && err == nil {
			t.Error("counters that could not be read are no error")
		}
		if status == "404" && (err != nil || len(found) != 3 || found[2].State != verify.Unknown) {
			t.Errorf("got %+v, %v", found, err)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, expected := crowded(n)
			s := f.serve(b, Params{})
			trail := s.Follow(expected)
			come := f.incidents
			f.incidents = nil
			if _, err := trail.Look(b.Context(), time.Time{}); err != nil { // before they come
				b.Fatal(err)
			}
			f.Add(come...)
			for b.Loop() {
				if _, err := trail.Look(b.Context(), time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

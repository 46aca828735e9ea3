package pagerduty

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify/verifytest"
)

// shops is an account whose services have ids of their own.
func shops() *verifytest.PagerDuty {
	fake := &verifytest.PagerDuty{Lists: map[string][]map[string]any{"services": {
		{"id": "Checkout", "name": "Checkout shop"}, {"id": "Payments", "name": "Payment shop"}, {"id": "Search", "name": "Search shop"}, {"id": nil, "name": 7},
	}}}
	at := time.Now().Add(-time.Hour)
	for i, id := range []string{"Checkout", "Payments", "Search"} {
		fake.Add(verifytest.Incident{ID: id, Service: id, Opened: at.Add(time.Duration(i) * time.Second)})
	}
	return fake
}

func TestServicesByNameOrID(t *testing.T) {
	fake := shops()
	src := serve(t, fake, Params{Services: []string{"Checkout shop", "Search"}})
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"Checkout", "Search"}
	for range 2 {
		open, err := src.Open(t.Context())
		if err != nil || len(open) != 2 || open[0].ID != "Checkout" || open[1].ID != "Search" {
			t.Errorf("open: %v, %v; want those of %v", open, err, want)
		}
		since, err := src.Since(t.Context(), time.Now().Add(-2*time.Hour))
		if err != nil || len(since) != 2 {
			t.Errorf("since: %v, %v", since, err)
		}
	}
	looked := 0
	for _, r := range fake.Requests()[1:] {
		switch r.Path {
		case "/services":
			looked++
		case "/incidents":
			if got := r.Query["service_ids[]"]; !slices.Equal(got, want) {
				t.Errorf("asked for the services %v, want %v", got, want)
			}
		}
	}
	if looked != 1 {
		t.Errorf("looked the services up %d times, want once", looked)
	}
}

// TestServiceThatIsNotThere: PagerDuty answers with nothing for it, which must not pass for silence.
func TestServiceThatIsNotThere(t *testing.T) {
	src := serve(t, shops(), Params{Services: []string{"Checkout", "Serch shop"}})
	_, open := src.Open(t.Context())
	_, since := src.Since(t.Context(), time.Now())
	for name, err := range map[string]error{"Ready": src.Ready(t.Context()), "Open": open, "Since": since} {
		if err == nil || !strings.Contains(err.Error(), `"Serch shop"; did you mean "Search shop"?`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServicesThatCannotBeLookedUp(t *testing.T) {
	fault := verifytest.Answer("503", 503, "")
	faulty := &verifytest.Faulty{Good: shops()}
	src := serve(t, faulty, Params{Services: []string{"Checkout"}})
	faulty.Script(func(int) *verifytest.Fault { return &fault })
	if open, err := src.Open(t.Context()); err == nil || open != nil {
		t.Errorf("%v, %v; want an error alone", open, err)
	}
	faulty.Script(nil)
	if open, err := src.Open(t.Context()); err != nil || len(open) != 1 {
		t.Errorf("afterwards: %v, %v; want the incident of Checkout", open, err)
	}
}

// Services are all that can page somebody, from however many pages.
func TestServicesThatCanPage(t *testing.T) {
	fake := &verifytest.PagerDuty{Lists: map[string][]map[string]any{}}
	for i := range 250 {
		status := []string{"active", "critical", "maintenance", "disabled"}[i%4]
		fake.Lists["services"] = append(fake.Lists["services"], map[string]any{"id": fmt.Sprintf("P%03d", 249-i), "name": fmt.Sprintf("shop %03d", 249-i), "status": status})
	}
	names, err := serve(t, fake, Params{}).Services(t.Context())
	if err != nil || len(names) != 188 || !slices.IsSorted(names) || names[0] != "shop 000" || slices.Contains(names, "shop 246") {
		t.Errorf("%d services, %v: %q", len(names), err, names)
	}
	if n := len(fake.Requests()); n < 3 {
		t.Errorf("250 services on %d pages", n)
	}
	names, err = serve(t, fake, Params{Services: []string{"P249", "shop 246", "shop 001"}}).Services(t.Context())
	if want := []string{"shop 001", "shop 249"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("narrowed to three, of which one is disabled: %q, %v; want %q", names, err, want)
	}
	if names, err := serve(t, shops(), Params{}).Services(t.Context()); err == nil {
		t.Errorf("one without a name is known: %q", names)
	}
}

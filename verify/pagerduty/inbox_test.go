package pagerduty

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/inbox"
)

func TestInboxRoundTrip(t *testing.T) {
	server, err := inbox.New(inbox.DefaultConfig(), inbox.Env{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	src := source(t, Params{}, web.URL)
	begun := time.Now().Truncate(time.Second)
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	send(t, web.URL, `{"routing_key":"Checkout","event_action":"trigger","dedup_key":"checkout-1","payload":{
		"summary":"Checkout is down","source":"web-1","severity":"critical","custom_details":{"team":"shop","errors":7}}}`)
	found, err := src.Since(t.Context(), begun)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	in := found[0]
	if in.Service != "Checkout" || in.Title != "Checkout is down" || in.Urgency != "high" || in.Severity != "critical" ||
		in.Status != verify.Triggered || in.Key != "checkout-1" || in.Opened.Before(begun) {
		t.Errorf("incident %+v", in)
	}
	if in.Labels["team"] != "shop" || in.Labels["errors"] != "7" {
		t.Errorf("labels %v", in.Labels)
	}
	if len(in.Notified) == 0 || in.Notified[0].Who == "" || in.Notified[0].Channel == "" || in.Notified[0].Failed != "" || in.Notified[0].At.Before(begun) {
		t.Errorf("notified %+v", in.Notified)
	}
	if open, err := src.Open(t.Context()); err != nil || len(open) != 1 || open[0].ID != in.ID {
		t.Errorf("open: %v, %v", open, err)
	}
	send(t, web.URL, `{"routing_key":"Checkout","event_action":"resolve","dedup_key":"checkout-1"}`)
	found, err = src.Since(t.Context(), begun)
	if err != nil || len(found) != 1 || found[0].Status != verify.Resolved || found[0].Resolved.IsZero() || found[0].ResolvedByHand {
		t.Errorf("after the monitor resolved it: %+v, %v", found, err)
	}
	if open, err := src.Open(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("open: %v, %v", open, err)
	}
}

func send(t *testing.T, url, event string) {
	t.Helper()
	resp, err := http.Post(url+"/v2/enqueue", "application/json", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("the event was refused: %s", resp.Status)
	}
}

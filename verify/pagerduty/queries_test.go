package pagerduty

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// TestOnlyDocumentedQueries: PagerDuty does not complain of a parameter that it does not know, it answers something else.
func TestOnlyDocumentedQueries(t *testing.T) {
	api := contract(t)
	fake := town()
	for _, in := range crowd(time.Now().Add(-400*24*time.Hour), 3, 150*24*time.Hour) {
		in.Service = "ID-Checkout"
		fake.Add(in)
	}
	src := serve(t, fake, Params{Services: []string{"Checkout"}})
	if err := src.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Since(t.Context(), time.Now().Add(-500*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Trace(t.Context(), []verify.Expectation{on("1.1", "Cart")}); err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, r := range fake.Requests() {
		asked[r.Path] = true
		for name, values := range r.Query {
			if problem := undocumented(api, r.Path, name, values); problem != "" {
				t.Errorf("GET %s: %s", r.Path, problem)
			}
		}
	}
	for _, path := range paths {
		if !asked[path] {
			t.Errorf("GET %s was never asked", path)
		}
	}
}

// undocumented says what the contract does not allow about one parameter of a query.
func undocumented(api object, path, name string, values []string) string {
	for _, ref := range api.list("paths", path, "get", "parameters") {
		param := ref
		if to := ref.text("$ref"); to != "" {
			param, _ = api.at(strings.Split(strings.TrimPrefix(to, "#/"), "/")...).(map[string]any)
		}
		if param.text("name") != name {
			continue
		}
		allowed, _ := param.at("schema", "enum").([]any)
		if many, ok := param.at("schema", "items", "enum").([]any); ok {
			allowed = many
		}
		for _, v := range values {
			if allowed != nil && !slices.Contains(allowed, any(v)) {
				return name + " may not be " + v
			}
		}
		return ""
	}
	return "there is no parameter " + name
}

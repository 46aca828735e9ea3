package prometheus

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/httpapi"
)

var tagged = regexp.MustCompile(`"friday_","([^"]*)"`)

// teller answers every term with the value 1, and refuses a query with a bad one.
func teller(t testing.TB, queries *[]string, code int) *Source {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		*queries = append(*queries, query)
		if strings.Contains(query, "bad(") {
			w.WriteHeader(code)
			return
		}
		found := []any{}
		for _, m := range tagged.FindAllStringSubmatch(query, -1) {
			found = append(found, map[string]any{"metric": map[string]string{tag: m[1]}, "value": []any{1.5, "1"}})
		}
		tell(w, map[string]any{"resultType": "vector", "result": found})
	}))
	t.Cleanup(server.Close)
	return source(t, Params{}, server.URL)
}

func TestOneBadTermDoesNotSpoilTheOthers(t *testing.T) {
	for _, code := range []int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusServiceUnavailable} {
		var queries []string
		s, all := teller(t, &queries, code), newTerms()
		for i := range 100 {
			all.set(fmt.Sprint(i), fmt.Sprintf("good(%d)", i))
		}
		all.set("bad", "bad(1)")
		for i := range 200 {
			if err := all.ask(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if len(queries) != i+1 {
				t.Fatalf("%d queries in %d looks", len(queries), i+1)
			}
		}
		if all.asked("bad") || len(all.told) != 100 || all.size != mostTerms {
			t.Errorf("%d: %d terms are told, %d at once", code, len(all.told), all.size)
		}
	}
}

func TestManyTermsTakeTurns(t *testing.T) {
	var queries []string
	s, all := teller(t, &queries, http.StatusBadRequest), newTerms()
	for i := range 3*mostTerms + 7 {
		all.set(fmt.Sprint(i), fmt.Sprintf("good(%d)", i))
	}
	for range 4 {
		if err := all.ask(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if len(all.told) != len(all.exprs) {
		t.Errorf("%d of %d terms are told", len(all.told), len(all.exprs))
	}
	for _, q := range queries {
		if len(q) > mostQuery+2*len("or ()")*mostTerms {
			t.Errorf("a query of %d bytes", len(q))
		}
	}
}

func TestTermsThatCannotBeAskedAreAnError(t *testing.T) {
	s, all := canned(t, nil), newTerms()
	s.api = httpapi.New(httpapi.Options{Base: "http://127.0.0.1:1"})
	all.set("a", "up")
	if err := all.ask(t.Context(), s); httpapi.KindOf(err) != httpapi.Network {
		t.Error(err)
	}
}

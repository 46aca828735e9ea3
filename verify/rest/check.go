package rest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/failurefriday/friday/internal/diag"
)

// Check finds what the types of the parameters do not tell, all of it at once.
func (p *Params) Check() []diag.FieldError {
	bad := slices.Concat(p.checkAddress(), p.checkQueries(), p.checkHeaders(), p.Shape.Check(), p.checkPaging())
	say := func(wrong bool, field, msg string) {
		if wrong {
			bad = append(bad, diag.FieldError{Field: field, Msg: msg})
		}
	}
	say(p.Items.IsZero(), "items", "is needed: the path of the list of incidents, or $ where the whole answer is the list")
	say(len(p.Fields.ID) == 0, "fields.id", "is needed: without one nothing tells an incident from another")
	say(p.Fields.Opened.IsZero(), "fields.opened", "is needed: without one nobody knows whether it was open before the fault")
	say(p.Fields.Status.IsZero() && p.Fields.Resolved.IsZero() && !p.OpenOnly, "fields.status",
		"is needed, or fields.resolved, or open_only: true: else nothing ever is resolved")
	return bad
}

func (p *Params) checkAddress() (bad []diag.FieldError) {
	if u, err := url.Parse(p.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		bad = append(bad, diag.FieldError{Field: "url", Msg: "want http:// or https://, a host, and no user, query or fragment"})
	}
	if p.Path != "" && (!strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, "?#")) {
		bad = append(bad, diag.FieldError{Field: "path", Msg: "must begin with a slash and have no query: that goes into query"})
	}
	return bad
}

// placeholder is what stands for a time in a query, or looks as if it were meant to.
var placeholder = regexp.MustCompile(`\$?\{\w*\}`)

func (p *Params) checkQueries() (bad []diag.FieldError) {
	queries := []struct {
		name  string
		query map[string]Values
	}{{"query", p.Query}, {"open_query", p.OpenQuery}, {"since_query", p.SinceQuery}}
	for _, q := range queries {
		for _, name := range slices.Sorted(maps.Keys(q.query)) {
			for _, value := range q.query[name] {
				for _, found := range placeholder.FindAllString(value, -1) {
					switch {
					case found == "{now}", found == "{since}" && q.name == "since_query":
					case found == "{since}":
						bad = append(bad, diag.FieldError{Field: q.name, Msg: "{since} belongs into since_query: open incidents are wanted however old they are"})
					default:
						bad = append(bad, diag.FieldError{Field: q.name, Msg: fmt.Sprintf("%s: nobody knows %s: there are {since} and {now}", name, found)})
					}
				}
			}
		}
	}
	return bad
}

func (p *Params) checkHeaders() (bad []diag.FieldError) {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(p.Headers)) {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(p.Headers[name]) {
			bad = append(bad, diag.FieldError{Field: "headers", Msg: fmt.Sprintf("%q is no header", name)})
		}
		seen[http.CanonicalHeaderKey(name)] = true
	}
	for i, a := range p.Auth {
		at := fmt.Sprintf("auth[%d]", i)
		if (a.Env == "") == (a.File == "") {
			bad = append(bad, diag.FieldError{Field: at, Msg: "name an environment variable (env:) or a file (file:), and not both"})
		}
		if !httpguts.ValidHeaderFieldName(a.header()) || !httpguts.ValidHeaderFieldValue(a.Prefix) {
			bad = append(bad, diag.FieldError{Field: at, Msg: "that is no header"})
		}
		if a.User != "" && a.Prefix != "" {
			bad = append(bad, diag.FieldError{Field: at, Msg: "user means basic authentication, which has its own prefix"})
		}
		key := http.CanonicalHeaderKey(a.header())
		if seen[key] {
			bad = append(bad, diag.FieldError{Field: at, Msg: fmt.Sprintf("the header %s is set twice", key)})
		}
		seen[key] = true
	}
	return bad
}

func (p *Params) checkPaging() (bad []diag.FieldError) {
	g := p.Paging
	var ways []string
	for _, way := range []struct {
		name string
		set  bool
	}{{"next", !g.Next.IsZero()}, {"cursor", !g.Cursor.IsZero()}, {"offset", g.Offset != ""}, {"page", g.Page != ""}} {
		if way.set {
			ways = append(ways, way.name)
		}
	}
	if len(ways) > 1 {
		bad = append(bad, diag.FieldError{Field: "paging", Msg: "a list goes on in one way: " + strings.Join(ways, " and ") + " do not go together"})
	}
	if g.Cursor.IsZero() != (g.Param == "") {
		bad = append(bad, diag.FieldError{Field: "paging", Msg: "cursor and param belong together: where the word stands, and which parameter takes it"})
	}
	if !g.Total.IsZero() && g.Offset == "" && g.Page == "" {
		bad = append(bad, diag.FieldError{Field: "paging.total", Msg: "belongs to offset or page"})
	}
	return bad
}

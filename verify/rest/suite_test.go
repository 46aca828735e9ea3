package rest

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// fake is an alerting system of some dialect.
type fake struct {
	dialect
	mu        sync.Mutex
	incidents []verifytest.Incident
}

func (f *fake) Add(incidents ...verifytest.Incident) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.incidents = append(f.incidents, incidents...)
	slices.SortStableFunc(f.incidents, func(a, b verifytest.Incident) int { return a.Opened.Compare(b.Opened) })
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, want := range f.secrets {
		if r.Header.Get(name) != want {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
	}
	now, told := time.Now(), []map[string]any{}
	for _, in := range f.incidents {
		open := in.Resolved.IsZero() || in.Resolved.After(now)
		switch {
		case in.Opened.After(now), f.since != nil && in.Opened.Before(f.since(r.URL.Query())), f.openOnly != nil && f.openOnly(r.URL.Query()) && !open:
			continue
		}
		one := f.tell(in, open)
		for field, value := range in.Fields {
			one[field] = value
			if value == verifytest.Absent {
				delete(one, field)
			}
		}
		told = append(told, one)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(f.list(f, r, told)) // a reader that is gone is the business of the test
}

const patience = 20 * time.Second // bounds one request

// params decodes parameters as friday.yaml is decoded.
func params(tb testing.TB, text string) *Params {
	tb.Helper()
	p, err := decoded(text)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func decoded(text string) (*Params, error) {
	p := Kind.New().(*Params)
	report := diag.NewReport([]byte(text))
	if root := decode.Parse("friday.yaml", []byte(text), report); root != nil {
		decode.Into(root, p, nil, report)
	}
	return p, report.Err()
}

// source makes a source of parameters that lack the url.
func source(tb testing.TB, text, url string) *Source {
	tb.Helper()
	return build(tb, completed(tb, text, url), url, patience)
}

// completed are parameters that lack the url.
func completed(tb testing.TB, text, url string) *Params {
	tb.Helper()
	return params(tb, `{url: "`+url+`", `+strings.TrimPrefix(text, "{"))
}

// source makes a source of the parameters that the guide has for the dialect.
func (d dialect) source(tb testing.TB, url string, timeout time.Duration) *Source {
	tb.Helper()
	if d.guide == "" {
		return build(tb, completed(tb, d.params, url), url, timeout)
	}
	guide, err := os.ReadFile("../../docs/http-sources.md")
	if err != nil {
		tb.Fatal(err)
	}
	_, below, found := strings.Cut(string(guide), "\n## "+d.guide+"\n")
	_, below, fenced := strings.Cut(below, "```yaml\n")
	text, _, closed := strings.Cut(below, "```")
	if !found || !fenced || !closed {
		tb.Fatalf("the guide has no example of %s", d.guide)
	}
	config := struct {
		Sources map[string]struct {
			HTTP Params `yaml:"http" required:"true"`
		} `yaml:"sources"`
	}{}
	report := diag.NewReport([]byte(text))
	if root := decode.Parse("http-sources.md", []byte(text), report); root != nil {
		decode.Into(root, &config, nil, report)
	}
	if err := report.Err(); err != nil || len(config.Sources) != 1 {
		tb.Fatalf("the example of %s: %d sources, %v", d.guide, len(config.Sources), err)
	}
	for _, only := range config.Sources {
		if bad := only.HTTP.Check(); len(bad) != 0 {
			tb.Fatalf("the example of %s: %v", d.guide, bad)
		}
		return build(tb, &only.HTTP, url, timeout)
	}
	return nil
}

// build makes a source. Every variable of its environment is s3cret- and its name.
func build(tb testing.TB, p *Params, url string, timeout time.Duration) *Source {
	tb.Helper()
	p.URL, p.Timeout = url, timeout
	src, err := p.Build("api", verify.Env{
		UserAgent: "friday/test", Secrets: new(secret.Scrubber), Getenv: func(name string) string { return "s3cret-" + name },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return src.(*Source)
}

func TestSuite(t *testing.T) {
	for name, made := range map[string]func() dialect{
		"Grafana OnCall": onCall, "incident.io": incidentIO, "Opsgenie": opsgenie, "Splunk On-Call": splunk, "pages by number": numbered,
	} {
		t.Run(name, func(t *testing.T) {
			d := made()
			suite := verifytest.Suite{
				New:     func(url string, timeout time.Duration) verify.Source { return d.source(t, url, timeout) },
				Backend: func() verifytest.Backend { return &fake{dialect: d} },
				Nothing: d.nothing, Optional: d.optional,
			}
			if name == "pages by number" { // there an id is made of several fields
				suite.ID = func(in verify.Incident) string { return in.ID[:strings.LastIndex(in.ID, " "+in.Service+" ")] }
			}
			suite.Run(t)
		})
	}
}

package icinga2

import (
	"cmp"
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

const patient = 20 * time.Second

func source(tb testing.TB, p Params, url string) *Source {
	tb.Helper()
	p.URL, p.timeout = url, cmp.Or(p.timeout, patient)
	src, err := p.Build("icinga", verify.Env{UserAgent: "friday/test"})
	if err != nil {
		tb.Fatal(err)
	}
	return src.(*Source)
}

func serve(t *testing.T, f *fake) *Source { return serveFaulty(t, &verifytest.Faulty{Good: f}) }

func serveFaulty(t *testing.T, f *verifytest.Faulty) *Source {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return source(t, Params{}, server.URL)
}

// plain takes the object's name and the output of the check off the title, which the suite does not know.
type plain struct{ *Source }

func (p plain) Open(ctx context.Context) ([]verify.Incident, error) { return bare(p.Source.Open(ctx)) }

func (p plain) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	return bare(p.Source.Since(ctx, t))
}

func bare(all []verify.Incident, err error) ([]verify.Incident, error) {
	for i := range all {
		all[i].Title = all[i].Labels["title"]
	}
	return all, err
}

func TestSuite(t *testing.T) {
	t.Parallel()
	verifytest.Suite{
		New: func(url string, timeout time.Duration) verify.Source {
			return plain{source(t, Params{timeout: timeout}, url)}
		},
		Backend: func() verifytest.Backend { return &fake{} },
		ID:      func(in verify.Incident) string { return in.Labels["host"] },
		Nothing: []verifytest.Fault{
			verifytest.Answer("no results", 200, `{"error":503,"status":"Icinga is reloading"}`),
			verifytest.Answer("results that are null", 200, `{"results":null}`),
			verifytest.Answer("results that are an object", 200, `{"results":{}}`),
			verifytest.Answer("a result that is null", 200, `{"results":[null]}`),
			verifytest.Answer("a result without name", 200, `{"results":[{"attrs":{"state":0},"status":7}]}`),
			verifytest.Answer("a result without attributes", 200, `{"results":[{"name":"lab!web","status":7}]}`),
			verifytest.Answer("a missing permission", 404, `{"diagnostic_information":"Error: Missing permission: objects/query/service\n","error":404,"status":"No objects found."}`),
		},
		Optional: []string{
			"display_name", "groups", "last_check_result", "acknowledgement", "acknowledgement_last_change", "check_attempt", "max_check_attempts",
			"check_interval", "retry_interval", "check_command", "check_period", "flapping", "next_check", "name", "last_state_critical",
			"last_state_change", "previous_state_change", "enable_active_checks",
		},
	}.Run(t)
}

package prometheus

import (
	"cmp"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// source makes a source that reads the server at url.
func source(tb testing.TB, p Params, url string) *Source {
	tb.Helper()
	p.URL, p.timeout = url, cmp.Or(p.timeout, 10*time.Second)
	src, err := p.Build("prom", verify.Env{UserAgent: "friday/test"})
	if err != nil {
		tb.Fatal(err)
	}
	return src.(*Source)
}

func TestSuite(t *testing.T) {
	verifytest.Suite{
		New:     func(url string, timeout time.Duration) verify.Source { return source(t, Params{timeout: timeout}, url) },
		Backend: func() verifytest.Backend { return &fake{} },
		ID:      func(in verify.Incident) string { return in.Labels["id"] },
		Nothing: []verifytest.Fault{
			verifytest.Answer("an error with status 200", 200, `{"status":"error","errorType":"internal","error":"no"}`),
			verifytest.Answer("success and no data", 200, `{"status":"success"}`),
			verifytest.Answer("data that is null", 200, `{"status":"success","data":null}`),
			verifytest.Answer("data that is empty", 200, `{"status":"success","data":{}}`),
			verifytest.Answer("lists that are null", 200, `{"status":"success","data":{"groups":null,"resultType":"matrix","result":null}}`),
			verifytest.Answer("lists with null", 200, `{"status":"success","data":{"groups":[null],"resultType":"matrix","result":[null]}}`),
			verifytest.Answer("a vector", 200, `{"status":"success","data":{"groups":[{"rules":[{}]}],"resultType":"vector","result":[]}}`),
			verifytest.Answer("a part", 200, `{"status":"success","warnings":["one of two stores did not answer"],"data":{"groups":[],"resultType":"matrix","result":[]}}`),
			verifytest.Answer("a rule without name", 200, `{"status":"success","data":{"groups":[{"rules":[{"type":"alerting"}]}],"resultType":"matrix","result":[{}]}}`),
		},
		Optional: []string{"annotations", "value", "activeAt", "keepFiringSince"},
	}.Run(t)
}

func writeCA(t *testing.T, path string, server *httptest.Server) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// expect expects the page of an alert.
func expect(alert string) verify.Expectation {
	return verify.Expectation{ID: "1." + alert, Step: 1, Source: "pd", Alert: verify.AlertMatch{Name: match.Must(alert)}}
}

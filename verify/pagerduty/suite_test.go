package pagerduty

import (
	"cmp"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

const (
	calm = 30 * time.Second // bounds one of thousands, none of which is meant to fail
)

// source makes a source that reads the server at url.
func source(tb testing.TB, p Params, url string) *Source {
	tb.Helper()
	p.URL, p.timeout = url, cmp.Or(p.timeout, calm)
	src, err := p.Build("pd", verify.Env{UserAgent: "friday/test"})
	if err != nil {
		tb.Fatal(err)
	}
	return src.(*Source)
}

func TestSuite(t *testing.T) {
	verifytest.Suite{
		New: func(url string, timeout time.Duration) verify.Source {
			return source(t, Params{Region: "us", timeout: timeout}, url)
		},
	}.Run(t)
}

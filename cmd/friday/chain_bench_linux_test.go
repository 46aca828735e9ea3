package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// BenchmarkChain runs the whole program against a whole chain with scrapes and evaluations a second apart, and compares
// the times of the hops in its record with those that the servers keep themselves: the worst difference of each.
func BenchmarkChain(b *testing.B) {
	worst := map[string]time.Duration{}
	for range b.N {
		s := chain(b)
		res := s.ran(b)
		if res.Verdict != judge.Pass {
			b.Fatalf("%s: %s", res.Verdict, res.Reason)
		}
		for name, at := range s.kept(b) {
			hop := res.Hops[at.hop]
			if hop.State != verify.OK || hop.At.IsZero() {
				b.Fatalf("%s was not seen: %+v", name, hop)
			}
			worst[name] = max(worst[name], hop.At.Sub(at.time).Abs())
		}
	}
	for name, off := range worst {
		b.ReportMetric(float64(off.Milliseconds()), "ms-off-"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkTracingCost is what a server is asked a minute while pages are followed, with one expectation and with many.
func BenchmarkTracingCost(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("expectations=%d", n), func(b *testing.B) {
			for range b.N {
				s := chain(b)
				s.expect(b, n)
				s.ran(b)
				r := s.latest("")
				took := r.Finished.Sub(r.Started).Minutes()
				for _, src := range r.Sources {
					if src.Follows {
						b.ReportMetric(float64(src.Requests)/float64(src.Polls), src.Name+"-requests/look")
						b.ReportMetric(float64(src.Requests)/took, src.Name+"-requests/min")
						b.ReportMetric(float64(src.Bytes)/1024/float64(src.Polls), src.Name+"-KiB/look")
					}
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// chain is good monitoring, and a scenario that passes.
func chain(b *testing.B) *silence {
	b.Helper()
	s := newSilence(b, "sf-12-forgotten-silence", "fixed")
	s.raise()
	s.write("friday.yaml", s.real()["friday.yaml"])
	return s
}

// expect has the scenario expect n pages, which all follow the same alert, for the whole hold.
func (s *silence) expect(b *testing.B, n int) {
	b.Helper()
	_, text, _ := strings.Cut(s.scenario, "name: ") // without its comment: the size of a file is bounded
	head, _, ok := strings.Cut("name: "+text, "    expect:\n")
	if !ok {
		b.Fatal("the scenario has changed")
	}
	s.scenario = strings.Replace(head, "hold: 10s", "hold: 10s\n    hold_full: true", 1) + "    expect:\n" +
		strings.Repeat("    - {fires: {source: pagerduty, key: a}, alert: CheckoutDown}\n", n)
}

func (s *silence) ran(b *testing.B) judge.Result {
	b.Helper()
	_, out := s.run(append([]string{"run", "--yes", "--plain", s.write("scenario.yaml", s.scenario)}, s.vars()...)...)
	r := s.latest(out)
	if len(r.Steps) != 1 || len(r.Steps[0].Results) == 0 {
		b.Fatalf("%s: %s\n%s", r.Verdict, r.Summary, out)
	}
	return r.Steps[0].Results[0]
}

// stamp is when a server says that a hop was passed.
type stamp struct {
	hop  verify.Hop
	time time.Time
}

// kept are the times that Prometheus keeps itself: the first samples of what it writes about its alerts.
func (s *silence) kept(b *testing.B) map[string]stamp {
	b.Helper()
	first := func(query string) time.Time {
		var answer struct {
			Data struct{ Result []struct{ Values [][2]any } }
		}
		path := "/api/v1/query?query=" + url.QueryEscape(query)
		if err := s.prom[0].Get(path, &answer); err != nil || len(answer.Data.Result) == 0 {
			b.Fatalf("%s: %v, %d series", query, err, len(answer.Data.Result))
		}
		at, _ := strconv.ParseFloat(fmt.Sprint(answer.Data.Result[0].Values[0][0]), 64)
		return time.UnixMilli(int64(at * 1000))
	}
	return map[string]stamp{
		"pending": {verify.Pending, first(`ALERTS_FOR_STATE{alertname="CheckoutDown"}[5m]`)},
		"firing":  {verify.Firing, first(`ALERTS{alertname="CheckoutDown",alertstate="firing"}[5m]`)},
	}
}

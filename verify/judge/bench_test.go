package judge

import (
	"fmt"
	"testing"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// crowd is a step with many incidents and many expectations, each of a service of its own.
func crowd(incidents, expectations int, service func(i int) match.Pattern) *story {
	var expect []verify.Expectation
	for i := range expectations {
		e := expectCheckout()
		e.ID = fmt.Sprintf("1.%d", i+1)
		e.Match.Service = service(i)
		expect = append(expect, e)
	}
	s := tell(expect...).begin().breaks()
	for i := range incidents {
		s.page(8, func(in *verify.Incident) {
			in.ID = fmt.Sprint(i)
			in.Service = fmt.Sprintf("service-%d", i%expectations)
		})
	}
	return s.poll(16, "").ends()
}

func BenchmarkJudge(b *testing.B) {
	exact := func(i int) match.Pattern { return match.Must(fmt.Sprintf("service-%d", i)) }
	for _, c := range []struct {
		name    string
		service func(int) match.Pattern
		verdict Verdict
	}{
		{"fired", exact, Pass},
		{"pattern", func(i int) match.Pattern { return match.Must(fmt.Sprintf("/^service-%d$/", i)) }, Pass},
		{"wrong", func(int) match.Pattern { return match.Must("nowhere") }, Wrong},
	} {
		for _, size := range []struct{ incidents, expectations int }{{1000, 1000}, {10_000, 100}, {10_000, 1000}} {
			b.Run(fmt.Sprintf("%s/%dx%d", c.name, size.incidents, size.expectations), func(b *testing.B) {
				s := crowd(size.incidents, size.expectations, c.service)
				for b.Loop() {
					if rec := Judge(s.events); rec.Verdict != c.verdict {
						b.Fatal(rec.Summary)
					}
				}
			})
		}
	}
}

// BenchmarkWaiting is what the runner pays after each poll.
func BenchmarkWaiting(b *testing.B) {
	s := crowd(1000, 100, func(i int) match.Pattern { return match.Must(fmt.Sprintf("service-%d", i)) })
	for b.Loop() {
		if waits := Waiting(s.events, 1, s.at(20)); len(waits) > 0 {
			b.Fatal(waits[0])
		}
	}
}

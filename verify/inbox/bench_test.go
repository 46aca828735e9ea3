package inbox

import (
	"fmt"
	"testing"
)

// full has n open incidents of ten services.
func full(tb testing.TB, n int) *Server {
	tb.Helper()
	c := DefaultConfig()
	c.RateLimit, c.APIRateLimit = 10*n, 1<<30
	s := mustNew(tb, c, Env{})
	for i := range n {
		send(tb, s, trigger("routing_key", fmt.Sprint("service ", i%10), "dedup_key", fmt.Sprint(i)))
	}
	return s
}

func BenchmarkPageThrough10000(b *testing.B) {
	s := full(b, maxReach)
	for b.Loop() {
		n := 0
		for more := true; more; {
			page := into[seenPage](b, do(s, "GET", fmt.Sprintf("/incidents?statuses[]=triggered&statuses[]=acknowledged&limit=100&offset=%d", n), ""))
			n, more = n+len(page.Incidents), page.More
		}
		if n != maxReach {
			b.Fatalf("%d incidents", n)
		}
	}
}

func BenchmarkEnqueue(b *testing.B) {
	c := DefaultConfig()
	c.RateLimit = 1 << 30
	s := mustNew(b, c, Env{})
	for i := 0; b.Loop(); i++ {
		send(b, s, trigger("dedup_key", fmt.Sprint(i)))
		send(b, s, act("resolve", fmt.Sprint(i)))
	}
	if all := len(s.store.all); all > maxResolved+maxResolved/10 {
		b.Fatalf("%d incidents are kept", all)
	}
}

func BenchmarkPage(b *testing.B) {
	s := full(b, maxReach)
	for b.Loop() {
		text(b, do(s, "GET", "/", ""), 200)
	}
}

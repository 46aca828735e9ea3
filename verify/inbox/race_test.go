package inbox

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// Readers, senders, buttons and clocks at once: the race detector is the judge of most of it.
func TestEverythingAtOnce(t *testing.T) {
	const senders, each = 4, 50
	c := ladder()
	c.CreateServices, c.RateLimit = true, senders*each*3
	c.Responder.After = time.Millisecond
	s := mustNew(t, c, Env{})
	var all sync.WaitGroup
	for n := range senders {
		all.Go(func() {
			for i := range each {
				key := fmt.Sprint(n, "-", i)
				send(t, s, trigger("dedup_key", key, "routing_key", fmt.Sprint("service ", n)))
				if i%2 == 0 {
					send(t, s, trigger("dedup_key", key, "routing_key", fmt.Sprint("service ", n), "event_action", "resolve"))
				}
			}
		})
		all.Go(func() {
			for _, path := range []string{"/incidents?limit=100&include[]=first_trigger_log_entries", "/log_entries?include[]=channels", "/services", "/list", "/oncalls"} {
				text(t, do(s, "GET", path, ""), 200)
			}
		})
	}
	all.Wait()
	if n := len(incidents(t, s, "?statuses[]=resolved&limit=100")); n != senders*each/2 {
		t.Errorf("%d are resolved, want %d", n, senders*each/2)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.store.openCount != senders*each/2 || len(s.store.all) != senders*each {
		t.Errorf("%d of %d are open", s.store.openCount, len(s.store.all))
	}
}

package toy

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// metrics are what a toy service tells Prometheus of itself. A new process begins at zero, as real ones do.
type metrics struct {
	started   time.Time
	good, bad atomic.Int64 // health checks
	asking    atomic.Int64 // health checks that are being answered
}

func (m *metrics) count(good bool) {
	if good {
		m.good.Add(1)
	} else {
		m.bad.Add(1)
	}
}

// write writes the text format of Prometheus, version 0.0.4.
func (m *metrics) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	good, bad := m.good.Load(), m.bad.Load()
	_, _ = fmt.Fprintf(w, `# HELP requests_total Health checks answered.
# TYPE requests_total counter
requests_total{code="200"} %d
requests_total{code="503"} %d
# HELP errors_total Health checks that failed.
# TYPE errors_total counter
errors_total %d
# HELP queue_depth Health checks being answered now.
# TYPE queue_depth gauge
queue_depth %d
# HELP process_start_time_seconds When this process was started, in seconds since 1970.
# TYPE process_start_time_seconds gauge
process_start_time_seconds %.3f
`, good, bad, bad, m.asking.Load(), float64(m.started.UnixMilli())/1000)
}

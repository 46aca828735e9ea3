package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/promql"
)

// manyRules is a file of n rules of the kinds that people write.
func manyRules(n int) []byte {
	var b strings.Builder
	b.WriteString("groups:\n- name: g\n  rules:\n")
	for i := range n {
		expr := []string{
			"sum by (job) (rate(errors_%[1]d_total{job=\"api\"}[5m])) / sum by (job) (rate(requests_%[1]d_total{job=\"api\"}[5m])) > 0.05",
			"avg_over_time(queue_%d[10m]) > 100", "up{job=\"job%d\"} == 0", "absent(heartbeat_%d)",
		}[i%4]
		fmt.Fprintf(&b, "  - alert: Alert%d\n    expr: |\n      %s\n    for: 5m\n    labels: {severity: critical, team: t%d}\n    annotations: {summary: '{{ $labels.job }} is bad'}\n",
			i, fmt.Sprintf(expr, i), i%10)
	}
	return []byte(b.String())
}

// BenchmarkFiles lints 1,000 rules from a file, with a configuration, routes and inhibitions. The aim is a second.
func BenchmarkFiles(b *testing.B) {
	data := manyRules(1000)
	for b.Loop() {
		if n := lintMany(b, data, nil); n == 0 {
			b.Fatal("nothing was found")
		}
	}
}

// BenchmarkLive does the same with a live server that answers at once, and has a third of the series.
func BenchmarkLive(b *testing.B) {
	data := manyRules(1000)
	s := &series{routers: 1}
	for i := range 300 {
		s.now = append(s.now, one(fmt.Sprintf("queue_%d job=api", i)))
	}
	for b.Loop() {
		if n := lintMany(b, data, s); n == 0 {
			b.Fatal("nothing was found")
		}
	}
}

func lintMany(b *testing.B, data []byte, s *series) int {
	file, problems := promql.ParseRules("r.yml", data)
	if len(problems) > 0 {
		b.Fatal(problems[0])
	}
	config, err := promql.ParseConfig("p.yml", []byte(scraped))
	if err != nil {
		b.Fatal(err)
	}
	e := &Engine{Rules: file.Rules, Config: config, Now: monday}
	if s != nil {
		e.Name, e.Live = "prom", s
	}
	am := router(b, "route: {receiver: chat, routes: [{receiver: oncall, matchers: [severity=critical], active_time_intervals: [office]}]}"+receivers)
	found, failed := Run(b.Context(), Setup{Engines: []*Engine{e}, Routers: []*Router{am}, Complete: true, Expected: []Expected{expects("Alert1", time.Minute)}, Now: monday})
	if len(failed) > 0 {
		b.Fatal(failed)
	}
	return len(found)
}

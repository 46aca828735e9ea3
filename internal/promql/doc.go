// Package promql reads what Prometheus is told, with Prometheus's own parsers: expressions, rule files and the parts of
// prometheus.yml that matter to the way of a page.
package promql

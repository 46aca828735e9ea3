// Package lab runs the real servers of monitoring for tests: Prometheus, Alertmanager, exporters. Each listens on a free
// port of the loopback, keeps its data in a folder of the test, is ready when the function that starts it returns, and is
// ended with the test, or by the kernel when the test process dies. What it wrote is shown if the test failed.
//
//	am := lab.Alertmanager(t, amYAML)
//	prom := lab.Prometheus(t, lab.Files{"prometheus.yml": promYAML, "rules.yml": rulesYAML}.With("${ALERTMANAGER}", am.Addr))
//	prom.Freeze(t)
//
// Where a program is not installed the test is skipped, or fails if CI=true. Only tests import this package.
package lab

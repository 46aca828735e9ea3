// Package icingalab runs the real Icinga 2 for tests: its API listens on a free port of the loopback, with a certificate
// of a CA of its own, and everything it writes is in a folder of the test. It lives in a PID namespace, so nothing of it
// is left when its first process is gone, which the kernel sees to when the test process dies.
//
//	icinga := icingalab.Start(t, `object Service "web" { … }`)
//	icinga.Post(t, "/v1/actions/schedule-downtime", map[string]any{…})
//
// This needs root and Linux. Without them, or where Icinga is not installed, the test is skipped, or fails if CI=true. Only
// tests import this package.
package icingalab

package lab

import (
	"path/filepath"
	"strings"
	"testing"
)

// Files are configuration files, by their path in the folder of a server.
type Files map[string]string

// With replaces words in all files: pairs of old and new. The files it is called on stay as they are.
func (f Files) With(pairs ...string) Files {
	made, words := Files{}, strings.NewReplacer(pairs...)
	for name, text := range f {
		made[name] = words.Replace(text)
	}
	return made
}

// Prometheus starts a Prometheus with the configuration prometheus.yml and what that refers to.
func Prometheus(t testing.TB, files Files, flags ...string) *Server {
	t.Helper()
	return Start(t, Program{
		Name: "prometheus", Ready: "/-/ready", Files: files,
		Args: func(s *Server) []string {
			return append([]string{
				"--config.file=" + filepath.Join(s.Dir, "prometheus.yml"), "--storage.tsdb.path=" + filepath.Join(s.Dir, "data"),
				"--web.listen-address=" + s.Addr, "--web.enable-lifecycle",
			}, flags...)
		},
	})
}

// Alertmanager starts an Alertmanager that knows of no others.
func Alertmanager(t testing.TB, config string, flags ...string) *Server {
	t.Helper()
	return Start(t, Program{
		Name: "prometheus-alertmanager", Ready: "/-/ready", Files: Files{"alertmanager.yml": config},
		Args: func(s *Server) []string {
			return append([]string{
				"--config.file=" + filepath.Join(s.Dir, "alertmanager.yml"), "--storage.path=" + filepath.Join(s.Dir, "data"),
				"--web.listen-address=" + s.Addr, "--cluster.listen-address=",
			}, flags...)
		},
	})
}

// Blackbox starts a blackbox exporter whose module http_2xx gives up after a second.
func Blackbox(t testing.TB, flags ...string) *Server {
	t.Helper()
	return Start(t, Program{
		Name: "prometheus-blackbox-exporter", Ready: "/-/healthy",
		Files: Files{"blackbox.yml": "modules:\n  http_2xx: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4}}\n"},
		Args: func(s *Server) []string {
			return append([]string{"--config.file=" + filepath.Join(s.Dir, "blackbox.yml"), "--web.listen-address=" + s.Addr}, flags...)
		},
	})
}

// NodeExporter starts a node exporter that has no collectors but those that flags name, such as --collector.textfile.
func NodeExporter(t testing.TB, flags ...string) *Server {
	t.Helper()
	return Start(t, Program{
		Name: "prometheus-node-exporter", Ready: "/metrics",
		Args: func(s *Server) []string {
			return append([]string{"--collector.disable-defaults", "--web.listen-address=" + s.Addr}, flags...)
		},
	})
}

// Pushgateway starts a Pushgateway that forgets everything when it ends.
func Pushgateway(t testing.TB, flags ...string) *Server {
	t.Helper()
	return Start(t, Program{
		Name: "prometheus-pushgateway", Ready: "/-/ready",
		Args: func(s *Server) []string { return append([]string{"--web.listen-address=" + s.Addr}, flags...) },
	})
}

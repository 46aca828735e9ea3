package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/internal/toy"
	"github.com/failurefriday/friday/scenarios/library"
	"github.com/failurefriday/friday/verify/inbox"
)

// shop is a lab with a Compose project of real containers on a network of their own, watched by monitors that page
// through the inbox.
type shop struct {
	*lab
	engine  *dockertest.Daemon
	image   string
	network string
	free    netip.Addr // of its addresses, the last that is taken
	gateway string     // the host, as the containers see it
	pager   string     // URL of the inbox, as the containers see it
	project string
	ids     map[string]string // of the containers, by the name they were given
}

const shopToken = "token-of-the-shop"

func newShop(t testing.TB) *shop {
	t.Helper()
	engine := dockertest.Start(t)
	l := newLab(t)
	s := &shop{lab: l, engine: engine, image: engine.ImageOf(t, "friday", l.exe), project: "shop-" + l.tag, ids: map[string]string{}}
	// Addresses of our own choice: those that Docker chooses may be others after a restart.
	subnet := engine.Subnet()
	s.network, s.free = engine.Network(t, "shop", subnet.String()), subnet.Addr().Next()
	s.gateway = s.free.String()
	s.openInbox()
	l.env = []string{"DOCKER_HOST=" + engine.Host, "SHOP_TOKEN=" + shopToken}
	return s
}

// openInbox serves an inbox to the containers, and only to those.
func (s *shop) openInbox() {
	s.t.Helper()
	conf := inbox.DefaultConfig()
	conf.APIRateLimit = 1 << 30
	conf.Token = secret.Ref{Env: "SHOP_TOKEN"}
	server, err := inbox.New(conf, inbox.Env{Getenv: func(string) string { return shopToken }})
	if err != nil {
		s.t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(s.gateway, "0"))
	if err != nil {
		s.t.Fatal(err)
	}
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: server}}
	web.Start()
	s.t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	s.pager = "http://" + listener.Addr().String()
	s.write("friday.yaml", fmt.Sprintf("environment: test\nsources:\n  inbox:\n    pagerduty: {url: %q, poll: 200ms, token: {env: SHOP_TOKEN}}\n", s.pager))
}

// compose runs a container of the project and returns its address. Labels are key=value.
func (s *shop) compose(name, service string, cmd []string, labels ...string) (address string) {
	s.t.Helper()
	all := map[string]string{"com.docker.compose.project": s.project, "com.docker.compose.service": service}
	for _, l := range labels {
		key, value, _ := strings.Cut(l, "=")
		all[key] = value
	}
	s.free = s.free.Next()
	id := s.engine.Run(s.t, dockertest.Options{
		Name: name, Image: s.image, Network: s.network, IP: s.free.String(), Labels: all, Restart: "unless-stopped", Aliases: []string{name}, Cmd: cmd,
	})
	s.ids[name] = id
	return s.engine.IP(s.t, id)
}

// service runs a toy service and returns the URL of its health check.
func (s *shop) service(name, service string, o toy.ServiceOptions, labels ...string) string {
	s.t.Helper()
	o.Name, o.Addr = name, "0.0.0.0:8080"
	ip := s.compose(name, service, append([]string{"friday", "toy", "service"}, o.Args()...), labels...)
	url := "http://" + ip + ":8080/health"
	eventually(s.t, name+" answers", func() bool { return answersOK(url) })
	return url
}

// monitor runs a toy monitor that is quick to page, and returns the name of its container.
func (s *shop) monitor(service, url string, labels ...string) string {
	s.t.Helper()
	name := service + "-check"
	o := toy.MonitorOptions{
		Name: name, Service: service, URL: url, Every: time.Second / 5, Timeout: time.Second / 2, Failures: 3, OKs: 2,
		InboxURL: s.pager, RoutingKey: service, Severity: "critical",
	}
	s.compose(name, name, append([]string{"friday", "toy", "monitor"}, o.Args()...), labels...)
	return s.engine.Name(s.t, s.ids[name])
}

func answersOK(url string) bool {
	resp, err := http.Get(url)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// play runs a scenario of the library with its variables set, and returns its exit code and its report.
func (s *shop) play(file string, vars map[string]string) (code int, out string) {
	s.t.Helper()
	data, err := library.FS.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	args := []string{"run", "--yes", s.write(filepath.Base(file), string(data))}
	for key, value := range vars {
		args = append(args, "--var", key+"="+value)
	}
	return s.run(args...)
}

// states are the containers of the shop as they are meant to be left: what can change by itself is not in it.
func (s *shop) states() string {
	s.t.Helper()
	var all []string
	for name, id := range s.ids {
		in := s.engine.Inspect(s.t, id)
		line := fmt.Sprintf("%s %s running=%t paused=%t restart=%s", name, id, in.State.Running, in.State.Paused, in.HostConfig.RestartPolicy.Name)
		for net, end := range in.NetworkSettings.Networks {
			line += fmt.Sprintf(" %s=%s %v", net, end.IPAddress, end.Aliases)
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

package icingalab

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What the API is asked with. Friday may read and Operator may do anything.
const (
	Name     = "lab" // in the certificate, and of the only host
	Friday   = "friday"
	Operator = "operator"
	Password = "lab-secret-of-icinga"
)

// patience bounds every wait for something that takes a moment on a quiet machine.
const patience = 60 * time.Second

// Icinga is an Icinga that runs.
type Icinga struct {
	URL         string // https://127.0.0.1:PORT
	CA          string // file
	Fingerprint string // SHA-256 of its certificate
	Dir         string
	// Notified is the file into which the notification command "log" writes a line: time, type, host!service, user.
	Notified string

	client *http.Client
}

// base is the configuration around that of a test: a host named lab, which is up, and everything that it takes to page.
const base = `
const PluginDir = "/usr/lib/nagios/plugins"
const NodeName = "lab"
const ZoneName = "lab"
include <itl>
include <plugins>
object Endpoint NodeName { host = "127.0.0.1" }
object Zone ZoneName { endpoints = [ NodeName ] }
object FileLogger "log" { severity = "information", path = LogDir + "/icinga2.log" }
object CheckerComponent "checker" { }
object NotificationComponent "notification" { }
object ApiListener "api" { bind_host = "127.0.0.1", bind_port = ${PORT} }
object ApiUser "friday" { password = "${PASSWORD}", permissions = [ "objects/query/*", "status/query" ] }
object ApiUser "operator" { password = "${PASSWORD}", permissions = [ "*" ] }
object Host "lab" { check_command = "dummy", check_interval = 1s, vars.dummy_state = 0 }
object NotificationCommand "log" {
  command = [ "/bin/sh", "-c", "echo \"$$(date +%s.%N) $notification.type$ $host.name$!$service.name$ $user.name$\" >> ${DIR}/notified" ]
}
`

// Start starts an Icinga whose configuration is that of the test, behind what every one needs, and waits until its API
// answers. ${DIR} in the configuration is its folder.
func Start(t testing.TB, config string) *Icinga {
	t.Helper()
	path := need(t)
	dir := t.TempDir()
	i := &Icinga{Dir: dir, CA: filepath.Join(dir, "data/certs/ca.crt"), Notified: filepath.Join(dir, "notified")}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Icinga wrote:\n%s", i.wrote())
		}
	})
	if err := i.certify(path); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 5 { // somebody may take the port before Icinga does
		var addr string
		if addr, err = free(); err != nil {
			break
		}
		_, port, _ := strings.Cut(addr, ":")
		text := strings.NewReplacer("${PORT}", port, "${PASSWORD}", Password, "${DIR}", dir).Replace(base + config)
		file := filepath.Join(dir, "icinga2.conf")
		if err = os.WriteFile(file, []byte(text), 0o600); err != nil {
			break
		}
		i.URL = "https://" + addr
		p := run(t, path, dir, append([]string{"daemon", "-c", file}, places(dir)...)...)
		if err = i.ready(p); err == nil {
			return i
		}
		p.end()
	}
	t.Fatalf("icinga2: %v\n%s", err, i.wrote())
	return nil
}

// need finds Icinga. Without it the test is skipped, or fails if CI=true.
func need(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("icinga2")
	if err == nil {
		err = possible()
	}
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatalf("icinga2 cannot be run: %v (run .ci/setup, as root)", err)
	default:
		t.Skipf("icinga2 cannot be run: %v", err)
	}
	return ""
}

// places are the options that keep Icinga in its folder.
func places(dir string) []string {
	var flags []string
	for name, path := range map[string]string{
		"DataDir": "data", "LogDir": "log", "CacheDir": "cache", "InitRunDir": "run", "SpoolDir": "spool", "PidPath": "run/icinga2.pid",
		"VarsPath": "cache/vars", "ObjectsPath": "cache/objects", "ModAttrPath": "cache/modattr", "StatePath": "data/state",
	} {
		flags = append(flags, "-D"+name+"="+filepath.Join(dir, path))
	}
	return flags
}

// certify makes the folders, a CA, and a certificate by it.
func (i *Icinga) certify(path string) error {
	for _, name := range []string{"data/certs", "log", "cache", "run", "spool"} {
		if err := os.MkdirAll(filepath.Join(i.Dir, name), 0o700); err != nil {
			return err
		}
	}
	certs := filepath.Join(i.Dir, "data/certs")
	key, csr, cert := filepath.Join(certs, Name+".key"), filepath.Join(certs, Name+".csr"), filepath.Join(certs, Name+".crt")
	data := "-DDataDir=" + filepath.Join(i.Dir, "data")
	runtime.LockOSThread() // the kernel takes the end of this thread for that of the parent of what it starts
	defer runtime.UnlockOSThread()
	for _, args := range [][]string{
		{"pki", "new-ca", data},
		{"pki", "new-cert", "--cn", Name, "--key", key, "--csr", csr},
		{"pki", "sign-csr", "--csr", csr, "--cert", cert, data},
	} {
		cmd := exec.Command(path, args...)
		cmd.Env = environment()
		cmd.SysProcAttr = dieWithUs()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("icinga2 %s: %w\n%s", strings.Join(args[:2], " "), err, out)
		}
	}
	ca, err := os.ReadFile(filepath.Join(i.Dir, "data/ca/ca.crt"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(i.CA, ca, 0o600); err != nil {
		return err
	}
	return i.trust(ca, cert)
}

// trust makes a client that knows the server by its CA, and reads the fingerprint of its certificate.
func (i *Icinga) trust(ca []byte, cert string) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	i.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: Name, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	text, err := os.ReadFile(cert)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("icinga2 made no certificate")
	}
	i.Fingerprint = fmt.Sprintf("%x", sha256.Sum256(block.Bytes))
	return nil
}

// environment lets Icinga stay the user that it is started by.
func environment() []string {
	return []string{"ICINGA2_USER=root", "ICINGA2_GROUP=root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// ready waits until the API answers, by our certificate.
func (i *Icinga) ready(p *process) error {
	var err error
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		select {
		case <-p.gone:
			return errors.New("it ended before it was ready")
		case <-time.After(50 * time.Millisecond):
		}
		if err = i.ask("/v1/status/CIB", Friday, nil, nil); err == nil {
			return nil
		}
	}
	return fmt.Errorf("not ready after %s: %w", patience, err)
}

// Get asks the API as the operator.
func (i *Icinga) Get(path string, answer any) error { return i.ask(path, Operator, nil, answer) }

// Post tells the API something as the operator. A refusal fails the test.
func (i *Icinga) Post(t testing.TB, path string, body map[string]any) {
	t.Helper()
	if err := i.ask(path, Operator, body, nil); err != nil {
		t.Fatal(err)
	}
}

func (i *Icinga) ask(path, user string, body map[string]any, answer any) error {
	method, text := http.MethodGet, []byte(nil)
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, i.URL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(user, Password)
	resp, err := i.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s (%w)", path, resp.Status, said, err)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(said, answer)
}

// wrote is the end of what Icinga has written.
func (i *Icinga) wrote() string {
	const most = 10_000
	data, err := os.ReadFile(filepath.Join(i.Dir, "output"))
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-most):])
}

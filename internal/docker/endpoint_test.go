package docker

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/cli/cli/config"
	contextdocker "github.com/docker/cli/cli/context/docker"
	"github.com/docker/docker/client"

	"github.com/failurefriday/friday/internal/match"
)

// settings empties what the environment and the settings of the user say of Docker, and returns the folder of the latter.
func settings(t *testing.T) (dir string) {
	t.Helper()
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION"} {
		t.Setenv(name, "")
	}
	before := config.Dir()
	t.Cleanup(func() { config.SetDir(before) })
	dir = t.TempDir()
	config.SetDir(dir)
	return dir
}

func current(t *testing.T, address string) Endpoint {
	t.Helper()
	e, err := Current(address)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhichEngineIsMeant(t *testing.T) {
	dir := settings(t)
	want := func(when, address string, want Endpoint, name string, local bool) {
		t.Helper()
		if got := current(t, address); got != want || got.String() != name || got.Local() != local {
			t.Errorf("%s: got %+v (%s, local %v), want %+v (%s, local %v)", when, got, got, got.Local(), want, name, local)
		}
	}
	want("nothing is said", "", Endpoint{Host: client.DefaultDockerHost}, client.DefaultDockerHost, true)
	want("an address", "tcp://192.0.2.9:2375", Endpoint{Host: "tcp://192.0.2.9:2375"}, "tcp://192.0.2.9:2375", false)

	write(t, filepath.Join(dir, "config.json"), `{"currentContext":"prod"}`)
	want("a context in use", "", Endpoint{Context: "prod", Config: dir}, "context prod", false) // which is not there
	t.Setenv("DOCKER_CONTEXT", "default")
	want("DOCKER_CONTEXT=default", "", Endpoint{Host: client.DefaultDockerHost}, client.DefaultDockerHost, true)
	t.Setenv("DOCKER_CONTEXT", "lab")
	want("DOCKER_CONTEXT", "", Endpoint{Context: "lab", Config: dir}, "context lab", false)
	t.Setenv("DOCKER_HOST", "unix:///x.sock")
	want("DOCKER_HOST before contexts", "", Endpoint{Host: "unix:///x.sock"}, "unix:///x.sock", true)
	want("an address before all", "unix:///y.sock", Endpoint{Host: "unix:///y.sock"}, "unix:///y.sock", true)

	t.Setenv("DOCKER_CERT_PATH", dir)
	want("certificates are nothing to a socket", "", Endpoint{Host: "unix:///x.sock"}, "unix:///x.sock", true)
	want("not verified", "tcp://a:1", Endpoint{Host: "tcp://a:1", CertPath: dir, Insecure: true}, "tcp://a:1", false)
	t.Setenv("DOCKER_TLS_VERIFY", "1")
	want("verified", "tcp://a:1", Endpoint{Host: "tcp://a:1", CertPath: dir}, "tcp://a:1", false)
	t.Setenv("DOCKER_CERT_PATH", "")
	want("certificates in the usual place", "tcp://a:1", Endpoint{Host: "tcp://a:1", CertPath: dir}, "tcp://a:1", false)
	t.Setenv("DOCKER_CERT_PATH", "certs")
	here, err := filepath.Abs("certs")
	if err != nil {
		t.Fatal(err)
	}
	want("a relative folder", "tcp://a:1", Endpoint{Host: "tcp://a:1", CertPath: here}, "tcp://a:1", false)
}

func TestSettingsThatCannotBeUsed(t *testing.T) {
	dir := settings(t)
	write(t, filepath.Join(dir, "config.json"), "nonsense")
	if e, err := Current(""); err == nil || !strings.Contains(err.Error(), "which Docker context is in use") {
		t.Errorf("got %v, %v", e, err)
	}
	saveContext(t, dir, "far", contextdocker.EndpointMeta{Host: "ssh://somebody@192.0.2.9"}, nil)
	write(t, filepath.Join(dir, "empty", "ca.pem"), "no certificate")
	for _, test := range []struct {
		e    Endpoint
		want string
	}{
		{Endpoint{}, "no address of a Docker engine"},
		{Endpoint{Host: "nonsense"}, "nonsense"},
		{Endpoint{Host: "ssh://somebody@192.0.2.9"}, "ssh -L"},
		{Endpoint{Context: "far", Config: dir}, "ssh -L"},
		{Endpoint{Context: "missing", Config: dir}, "cannot use the Docker context missing"},
		{Endpoint{Host: "tcp://a:1", CertPath: filepath.Join(dir, "no-such")}, "ca.pem"},
		{Endpoint{Host: "tcp://a:1", CertPath: filepath.Join(dir, "empty")}, "holds no certificate"},
	} {
		if _, err := Open(test.e); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want …%s…", test.e, err, test.want)
		}
	}
}

// fakeEngine is an engine without containers that speaks one version of the API, and tells which one it was asked in.
type fakeEngine struct {
	version string
	mu      sync.Mutex
	paths   []string
}

func (f *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paths = append(f.paths, r.URL.Path)
	w.Header().Set("Api-Version", f.version)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/_ping":
	case strings.HasSuffix(r.URL.Path, "/containers/json"):
		_, _ = w.Write([]byte("[]"))
	default:
		http.Error(w, `{"message":"not here"}`, http.StatusTeapot)
	}
}

func find(t *testing.T, e Endpoint) ([]Container, error) {
	t.Helper()
	engine, err := Open(e)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	return engine.Find(t.Context(), Match{Name: match.Must("web")})
}

func TestVersionIsNegotiated(t *testing.T) {
	settings(t)
	for version, path := range map[string]string{"1.41": "/v1.41/containers/json", "1.44": "/v1.44/containers/json"} {
		fake := &fakeEngine{version: version}
		s := httptest.NewServer(fake)
		defer s.Close()
		found, err := find(t, current(t, "tcp://"+s.Listener.Addr().String()))
		if err != nil || len(found) != 0 {
			t.Errorf("%s: got %v, %v", version, found, err)
		}
		if !slices.Contains(fake.paths, path) {
			t.Errorf("%s: asked for %q, want %s", version, fake.paths, path)
		}
	}
}

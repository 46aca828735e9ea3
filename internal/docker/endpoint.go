package docker

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	contextdocker "github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/client"
)

// Endpoint is how to reach an engine. It holds no secrets, only where they lie, and survives a round trip through JSON:
// whoever undoes a change in another process reaches the same engine.
type Endpoint struct {
	Host     string `json:"host,omitempty"`  // unix:///run/docker.sock, tcp://10.0.0.7:2376
	CertPath string `json:"certs,omitempty"` // folder with ca.pem, cert.pem and key.pem
	Insecure bool   `json:"insecure,omitempty"`
	Context  string `json:"context,omitempty"` // a Docker context, by name
	Config   string `json:"config,omitempty"`  // folder in which the context is described
}

// Current is the engine that the docker command would talk to: address if it is set, else DOCKER_HOST, with the
// certificates in DOCKER_CERT_PATH, which are verified if DOCKER_TLS_VERIFY is set; else DOCKER_CONTEXT, else the context
// in use, else the default socket.
func Current(address string) (Endpoint, error) {
	dir, err := filepath.Abs(config.Dir())
	if err != nil {
		return Endpoint{}, fmt.Errorf("cannot find the folder with the settings of Docker: %w", err)
	}
	if host := cmp.Or(address, os.Getenv(client.EnvOverrideHost)); host != "" {
		return withCerts(host, dir)
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		file, err := config.Load(dir)
		if err != nil {
			return Endpoint{}, fmt.Errorf("cannot tell which Docker context is in use: %w", err)
		}
		name = file.CurrentContext
	}
	if name == "" || name == "default" {
		return Endpoint{Host: client.DefaultDockerHost}, nil
	}
	return Endpoint{Context: name, Config: dir}, nil
}

// withCerts adds what the environment says of certificates, which a socket on this host has no use for.
func withCerts(host, dir string) (Endpoint, error) {
	certs, verify := os.Getenv(client.EnvOverrideCertPath), os.Getenv(client.EnvTLSVerify) != ""
	if certs == "" && verify {
		certs = dir
	}
	if certs == "" || isSocket(host) {
		return Endpoint{Host: host}, nil
	}
	abs, err := filepath.Abs(certs)
	if err != nil {
		return Endpoint{}, fmt.Errorf("cannot find %s: %w", client.EnvOverrideCertPath, err)
	}
	return Endpoint{Host: host, CertPath: abs, Insecure: !verify}, nil
}

func isSocket(host string) bool {
	return strings.HasPrefix(host, "unix://") || strings.HasPrefix(host, "npipe://")
}

// String is the endpoint for people.
func (e Endpoint) String() string {
	if e.Context != "" {
		return "context " + e.Context
	}
	return e.Host
}

// Local reports whether the engine is on this host, so that its process ids are ours.
func (e Endpoint) Local() bool {
	host, _, err := e.resolve()
	return err == nil && strings.HasPrefix(host, "unix://")
}

// options are the options of a client for the endpoint.
func (e Endpoint) options() ([]client.Opt, error) {
	_, opts, err := e.resolve()
	return append(opts, client.WithAPIVersionNegotiation()), err
}

func (e Endpoint) resolve() (host string, opts []client.Opt, err error) {
	if e.Context != "" {
		return e.fromContext()
	}
	if e.Host == "" {
		return "", nil, errors.New("no address of a Docker engine")
	}
	if err := noSSH(e.Host); err != nil {
		return "", nil, err
	}
	if e.CertPath == "" {
		return e.Host, []client.Opt{client.WithHost(e.Host)}, nil
	}
	settings, err := e.tls()
	if err != nil {
		return "", nil, fmt.Errorf("cannot use the certificates for the Docker engine at %s: %w", e.Host, err)
	}
	over := &http.Client{Transport: &http.Transport{TLSClientConfig: settings}, CheckRedirect: client.CheckRedirect}
	return e.Host, []client.Opt{client.WithHTTPClient(over), client.WithHost(e.Host)}, nil
}

// tls reads ca.pem, and cert.pem with key.pem if they are there.
func (e Endpoint) tls() (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: e.Insecure} //nolint:gosec // as the docker command does
	own, err := tls.LoadX509KeyPair(filepath.Join(e.CertPath, "cert.pem"), filepath.Join(e.CertPath, "key.pem"))
	switch {
	case err == nil:
		settings.Certificates = []tls.Certificate{own}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if e.Insecure {
		return settings, nil
	}
	file := filepath.Join(e.CertPath, "ca.pem")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	settings.RootCAs = x509.NewCertPool()
	if !settings.RootCAs.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return settings, nil
}

// noSSH refuses what the docker command does with a child process that would outlive us.
func noSSH(host string) error {
	if !strings.HasPrefix(host, "ssh://") {
		return nil
	}
	return fmt.Errorf("friday does not go to %s over SSH: forward the engine's socket (ssh -L /tmp/docker.sock:/run/docker.sock HOST) and name unix:///tmp/docker.sock", host)
}

func (e Endpoint) fromContext() (host string, opts []client.Opt, err error) {
	fail := func(err error) (string, []client.Opt, error) {
		return "", nil, fmt.Errorf("cannot use the Docker context %s: %w", e.Context, err)
	}
	contexts := store.New(filepath.Join(e.Config, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(contextdocker.DockerEndpoint, func() any { return &contextdocker.EndpointMeta{} }),
	))
	meta, err := contexts.GetMetadata(e.Context)
	if err != nil {
		return fail(err)
	}
	described, err := contextdocker.EndpointFromContext(meta)
	if err != nil {
		return fail(err)
	}
	if err := noSSH(described.Host); err != nil {
		return fail(err)
	}
	endpoint, err := contextdocker.WithTLSData(contexts, e.Context, described)
	if err != nil {
		return fail(err)
	}
	if opts, err = endpoint.ClientOpts(); err != nil {
		return fail(err)
	}
	return described.Host, opts, nil
}

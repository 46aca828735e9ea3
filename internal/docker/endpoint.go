package docker

import (
	"cmp"
	"errors"
	"fmt"
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

// Current is the engine that the docker command would talk to: address if it is set, else DOCKER_HOST with
// DOCKER_CERT_PATH and DOCKER_TLS_VERIFY, else DOCKER_CONTEXT, else the context in use, else the default socket.
func Current(address string) (Endpoint, error) {
	if host := cmp.Or(address, os.Getenv(client.EnvOverrideHost)); host != "" {
		certs := os.Getenv(client.EnvOverrideCertPath)
		if certs != "" {
			abs, err := filepath.Abs(certs)
			if err != nil {
				return Endpoint{}, fmt.Errorf("cannot find %s: %w", client.EnvOverrideCertPath, err)
			}
			certs = abs
		}
		return Endpoint{Host: host, CertPath: certs, Insecure: os.Getenv(client.EnvTLSVerify) == ""}, nil
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		file, err := config.Load(config.Dir())
		if err != nil {
			return Endpoint{}, fmt.Errorf("cannot tell which Docker context is in use: %w", err)
		}
		name = file.CurrentContext
	}
	if name == "" || name == "default" {
		return Endpoint{Host: client.DefaultDockerHost}, nil
	}
	return Endpoint{Context: name, Config: config.Dir()}, nil
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
	opts = []client.Opt{client.WithHost(e.Host)}
	if e.CertPath == "" {
		return e.Host, opts, nil
	}
	ca := filepath.Join(e.CertPath, "ca.pem")
	if e.Insecure {
		ca = ""
	}
	return e.Host, append([]client.Opt{client.WithTLSClientConfig(ca, filepath.Join(e.CertPath, "cert.pem"), filepath.Join(e.CertPath, "key.pem"))}, opts...), nil
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
	endpoint, err := contextdocker.WithTLSData(contexts, e.Context, described)
	if err != nil {
		return fail(err)
	}
	if opts, err = endpoint.ClientOpts(); err != nil {
		return fail(err)
	}
	return described.Host, opts, nil
}

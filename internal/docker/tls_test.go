package docker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	contextdocker "github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca of a test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key, block("CERTIFICATE", der)}
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// sign makes a certificate for 127.0.0.1, for servers and clients.
func (a authority) sign(t *testing.T) (cert, key string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, own.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der), block("EC PRIVATE KEY", private)
}

// certs writes the three files of a client.
func (a authority) certs(t *testing.T, ca string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cert, key := a.sign(t)
	for name, text := range map[string]string{"ca.pem": ca, "cert.pem": cert, "key.pem": key} {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

// serve is an engine that talks only to those who have a certificate of the authority.
func (a authority) serve(t *testing.T) (address string) {
	t.Helper()
	cert, key := a.sign(t)
	own, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s := httptest.NewUnstartedServer(&fakeEngine{version: "1.41"})
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return "tcp://" + s.Listener.Addr().String()
}

func TestEngineOverTLS(t *testing.T) {
	dir := settings(t)
	a, stranger := newAuthority(t), newAuthority(t)
	address := a.serve(t)
	good, wrongCA, notOurs := a.certs(t, a.pem), a.certs(t, stranger.pem), stranger.certs(t, a.pem)
	if found, err := find(t, current(t, address)); err == nil {
		t.Errorf("without certificates: got %v", found)
	}
	for _, test := range []struct {
		name, certs, verify, want string
	}{
		{"verified", good, "1", ""},
		{"not verified", good, "", ""},
		{"of an unknown authority", wrongCA, "1", "unknown authority"},
		{"of an unknown authority, not verified", wrongCA, "", ""},
		{"our certificate is not taken", notOurs, "1", "certificate"},
	} {
		t.Setenv("DOCKER_HOST", address)
		t.Setenv("DOCKER_CERT_PATH", test.certs)
		t.Setenv("DOCKER_TLS_VERIFY", test.verify)
		e := current(t, "")
		_, err := find(t, again(t, e))
		wantError(t, test.name, err, test.want)
	}

	for _, test := range []struct {
		name, certs string
		skip        bool
		want        string
	}{
		{"good", good, false, ""},
		{"wrong", wrongCA, false, "unknown authority"},
		{"lax", wrongCA, true, ""},
		{"bare", "", false, "HTTPS server"},
	} {
		t.Setenv("DOCKER_HOST", "")
		t.Setenv("DOCKER_CONTEXT", test.name)
		saveContext(t, dir, test.name, contextdocker.EndpointMeta{Host: address, SkipTLSVerify: test.skip}, certFiles(t, test.certs))
		_, err := find(t, again(t, current(t, "")))
		wantError(t, "context "+test.name, err, test.want)
	}
}

// wantError: an empty want means none.
func wantError(t *testing.T, when string, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("%s: got %v, want %q in it", when, err, want)
	}
}

// again is the endpoint as another process reads it from a change.
func again(t *testing.T, e Endpoint) (back Endpoint) {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &back); err != nil || back != e {
		t.Fatalf("%+v became %+v, %v", e, back, err)
	}
	return back
}

func certFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	if dir == "" {
		return files
	}
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}

// saveContext does what docker context create does.
func saveContext(t *testing.T, dir, name string, meta contextdocker.EndpointMeta, files map[string][]byte) {
	t.Helper()
	contexts := store.New(filepath.Join(dir, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(contextdocker.DockerEndpoint, func() any { return &contextdocker.EndpointMeta{} }),
	))
	if err := contexts.CreateOrUpdate(store.Metadata{Name: name, Endpoints: map[string]any{contextdocker.DockerEndpoint: meta}}); err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return
	}
	if err := contexts.ResetEndpointTLSMaterial(name, contextdocker.DockerEndpoint, &store.EndpointTLSData{Files: files}); err != nil {
		t.Fatal(err)
	}
}

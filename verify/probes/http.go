package probes

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// HTTPKind is the probe `http`.
var HTTPKind = verify.ProbeKind{
	Name:    "http",
	Summary: "asks a URL over a new connection; green when the whole answer is as expected",
	Example: `{url: "http://127.0.0.1:8080/health", status: 200, body: /ok/}`,
	New:     func() verify.Probe { return &HTTP{Method: http.MethodGet, Status: Statuses{terms: []string{"2xx"}}} },
}

// maxBody is how much of an answer is read.
const maxBody = 1 << 20

// HTTP asks a URL. It goes straight to the server: no proxy, no redirects, no cookies, no connection that was open
// before.
type HTTP struct {
	URL      string            `yaml:"url" required:"true" doc:"what to ask; http or https"`
	Method   string            `yaml:"method" default:"GET" doc:"HTTP method"`
	Status   Statuses          `yaml:"status" default:"2xx" doc:"status that is green: 200, a class such as 2xx, or a list; redirects are not followed, so 3xx is a status too"`
	Headers  map[string]string `yaml:"headers" doc:"request headers"`
	Body     match.Pattern     `yaml:"body" doc:"what the body must match; at most 1 MiB of it is read"`
	Insecure bool              `yaml:"insecure" doc:"accept any TLS certificate"`
	From     From              `yaml:"from" doc:"network namespace that the connection begins in; by default that of Friday"`
}

var (
	_ verify.Sited   = (*HTTP)(nil)
	_ diag.Validator = (*HTTP)(nil)
)

// token is what RFC 9110 allows as a method or a header name.
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// Validate lists all faults in the parameters.
func (p *HTTP) Validate() []diag.FieldError {
	var faults []diag.FieldError
	switch u, err := url.Parse(p.URL); {
	case err != nil:
		faults = append(faults, diag.FieldError{Field: "url", Msg: fmt.Sprintf("%q is not a URL", p.URL)})
	case u.Scheme != "http" && u.Scheme != "https":
		faults = append(faults, diag.FieldError{Field: "url", Msg: fmt.Sprintf("%q must begin with http:// or https://", p.URL)})
	case u.Hostname() == "":
		faults = append(faults, diag.FieldError{Field: "url", Msg: fmt.Sprintf("%q names no host", p.URL)})
	case u.User != nil:
		faults = append(faults, diag.FieldError{Field: "url", Msg: "holds a user or password: send them in a header"})
	}
	if !token.MatchString(p.Method) {
		faults = append(faults, diag.FieldError{Field: "method", Msg: fmt.Sprintf("%q is not an HTTP method", p.Method)})
	}
	for name, value := range p.Headers {
		if !token.MatchString(name) || strings.ContainsAny(value, "\r\n\x00") {
			faults = append(faults, diag.FieldError{Field: "headers." + name, Msg: "is not a header that HTTP can carry"})
		}
	}
	if u, err := url.Parse(p.URL); err == nil {
		faults = append(faults, p.From.faults(u.Hostname())...)
	}
	slices.SortFunc(faults, func(a, b diag.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return faults
}

// Check asks once. The limit is the deadline of ctx.
func (p *HTTP) Check(ctx context.Context) (verify.Pulse, error) {
	req, err := p.request(ctx)
	if err != nil {
		return verify.Pulse{}, err
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       p.From.dial,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: p.Insecure}, //nolint:gosec // asked for
	}
	defer transport.CloseIdleConnections()
	c := startClock(ctx)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return c.failed(ctx, "answer", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		pulse, err := c.failed(ctx, "end of the answer", err)
		pulse.Detail = fmt.Sprintf("%d, but then: %s", resp.StatusCode, pulse.Detail)
		return pulse, err
	}
	return p.judge(c, resp.StatusCode, body), nil
}

func (p *HTTP) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, p.Method, p.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot ask %s: %w", p.URL, err)
	}
	for name, value := range p.Headers {
		req.Header.Set(name, value)
		if http.CanonicalHeaderKey(name) == "Host" {
			req.Host = value
		}
	}
	return req, nil
}

// judge compares a whole answer with what is expected.
func (p *HTTP) judge(c clock, code int, body []byte) verify.Pulse {
	switch {
	case !p.Status.Has(code):
		return red("%d, not %s", code, p.Status)
	case !p.Body.Match(string(body)):
		return red("%d, but the body does not match %s: %q", code, p.Body, excerpt(body))
	}
	return green("%d in %s", code, c.took())
}

// Sites tells where the process lives that listens on the port of a loopback URL.
func (p *HTTP) Sites(context.Context) ([]site.Site, error) {
	if !p.From.here() {
		return nil, p.From.elsewhere()
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return nil, fmt.Errorf("%q is not a URL: %w", p.URL, err)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return listenerSites(u.Hostname(), port)
}

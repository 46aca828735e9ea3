package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
)

// poster posts JSON to one address.
type poster struct {
	to     *url.URL
	place  string // where the address comes from, for people
	header http.Header
	client *http.Client
	clean  func(string) string
}

func newPoster(where Text, env Env) (*poster, error) {
	text, err := where.read(env)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	to, err := address(text)
	if err != nil {
		return nil, fmt.Errorf("url: what %s holds is no address: %w", where.place(), err)
	}
	if where.Plain == "" {
		learnURL(env.Secrets, to)
	}
	p := &poster{
		to: to, place: where.place(), clean: env.Secrets.Clean,
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {env.UserAgent}},
		client: &http.Client{Transport: env.Transport, CheckRedirect: sameHost},
	}
	return p, nil
}

// mostHops bounds how often a message is sent on.
const mostHops = 5

// sameHost follows a redirect only within the host, so that neither the message nor a secret goes to a stranger, and only
// where the message goes along.
func sameHost(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	secure := first.Scheme == "http" && next.URL.Scheme == "https" && first.Hostname() == next.URL.Hostname()
	switch {
	case next.URL.Scheme+next.URL.Host != first.Scheme+first.Host && !secure:
		return &refusal{err: fmt.Errorf("the answer is a redirect to %s://%s, which is not followed", next.URL.Scheme, next.URL.Host)}
	case next.Method != http.MethodPost:
		return &refusal{err: errors.New("the answer is a redirect that would drop the message")}
	case len(before) > mostHops:
		return &refusal{err: errors.New("the answer is one redirect after the other")}
	}
	return nil
}

// answer is what a server said.
type answer struct {
	code int
	body []byte // its beginning
}

// post sends the body until a server takes it; accepted says whether an answer of 2xx means that.
func (p *poster) post(ctx context.Context, body []byte, accepted func(answer) bool) error {
	return persist(ctx, oneTry, func(ctx context.Context) error { return p.try(ctx, body, accepted) })
}

// mostAnswer is how much of an answer is read: enough to clean it of secrets before it is cut.
const mostAnswer = 64 << 10

func (p *poster) try(ctx context.Context, body []byte, accepted func(answer) bool) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.to.String(), bytes.NewReader(body))
	if err != nil {
		return &refusal{err: errNoAddress}
	}
	req.Header = p.header.Clone()
	resp, err := p.client.Do(req)
	if err != nil {
		return p.unanswered(err)
	}
	defer resp.Body.Close()
	head, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return p.unanswered(err)
	}
	return p.judge(resp, answer{resp.StatusCode, head}, accepted)
}

func (p *poster) judge(resp *http.Response, got answer, accepted func(answer) bool) error {
	err := fmt.Errorf("status %d %s", got.code, http.StatusText(got.code))
	if said := p.shown(got.body); said != "" {
		err = fmt.Errorf("%w: %q", err, said)
	}
	check := "check the address in " + p.place
	switch {
	case got.code >= 200 && got.code <= 299 && accepted(got):
		return nil
	case got.code >= 200 && got.code <= 299:
		return &refusal{fmt.Errorf("the answer is not that of a server that took it: %w", err), check}
	case got.code == http.StatusTooManyRequests, got.code >= 500:
		return &busy{err, httpapi.RetryIn(resp.Header, time.Now())}
	}
	return &refusal{err, check}
}

// unanswered takes the address off an error of net/http: it is a secret.
func (p *poster) unanswered(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		refused.do = "write the address that it leads to into " + p.place
		return refused
	case errors.Is(err, context.DeadlineExceeded):
		return &busy{err: fmt.Errorf("no answer in time: %w", err)}
	case errors.Is(err, context.Canceled), !passes(err):
		return &refusal{err, "check the address in " + p.place}
	}
	return &busy{err: err}
}

// excerpt is how much of an answer an error shows.
const excerpt = 300

func (p *poster) shown(body []byte) string {
	text := p.clean(string(body))
	if len(text) > excerpt {
		text = strings.ToValidUTF8(text[:excerpt], "") + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}

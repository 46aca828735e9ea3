// Package httpapi asks JSON APIs: it bounds time and size, tells every failure from an empty answer, and measures how far
// the server's clock is from ours.
package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Options say how to reach an API.
type Options struct {
	Base      string              // scheme://host[:port][/path]
	Authorize func(*http.Request) // adds the credentials; may be nil
	Header    http.Header         // sent with every request
	UserAgent string
	Transport http.RoundTripper   // nil means the default
	Timeout   time.Duration       // for one request, with its answer; by default 10 s
	MaxBody   int64               // of one answer; by default 16 MiB
	Clean     func(string) string // takes secrets out of text; may be nil
}

// Client asks one API. It is safe for concurrent use.
type Client struct {
	opts     Options
	http     *http.Client
	clock    clock
	requests atomic.Int64
	bytes    atomic.Int64
}

const (
	defaultTimeout = 10 * time.Second
	defaultMaxBody = 16 << 20
)

// New makes a client. It makes no request.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.Clean == nil {
		o.Clean = func(s string) string { return s }
	}
	c := &Client{opts: o, http: &http.Client{Transport: o.Transport, CheckRedirect: refuseRedirect}}
	return c
}

// refuseRedirect: an API that sends us elsewhere is not the one that was configured, and must not take the token along.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Requests is how many requests have been made so far.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Bytes is how much of the bodies of the answers has been read so far.
func (c *Client) Bytes() int64 { return c.bytes.Load() }

// Offset is how far the server's clock is ahead of ours; see clock.
func (c *Client) Offset() (time.Duration, bool) { return c.clock.offset() }

// Get asks for path with the query and decodes the JSON answer into v. Every failure is an *Error; v may then be filled in
// part. For large lists see Read.
func (c *Client) Get(ctx context.Context, path string, query url.Values, v any) error {
	return c.Read(ctx, path, query, into(v))
}

// Post is Get for a question that may be too long for a URL: the form is sent in the body. It must change nothing on the
// server, since it is asked again by itself where a connection had gone stale.
func (c *Client) Post(ctx context.Context, path string, form url.Values, v any) error {
	return c.ask(ctx, http.MethodPost, strings.TrimSuffix(c.opts.Base, "/")+path, strings.NewReader(form.Encode()), into(v))
}

// into decodes one JSON value and nothing else.
func into(v any) func(io.Reader) error {
	return func(body io.Reader) error {
		dec := json.NewDecoder(body)
		if err := dec.Decode(v); err != nil {
			return err
		}
		return onlySpace(dec)
	}
}

// Read asks for path and hands the body to read, which must read it to its end; a failure of read is one of the answer.
func (c *Client) Read(ctx context.Context, path string, query url.Values, read func(io.Reader) error) error {
	target := strings.TrimSuffix(c.opts.Base, "/") + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	return c.ask(ctx, http.MethodGet, target, nil, read)
}

func (c *Client) ask(ctx context.Context, method, target string, form io.Reader, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	req, err := c.request(ctx, method, target, form)
	if err != nil {
		return c.fail(Network, target, 0, err)
	}
	c.requests.Add(1)
	sent := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unanswered(target, err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Age") == "" { // else the date is that of a copy
		c.clock.observe(resp.Header.Get("Date"), sent, time.Now())
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refused(target, resp)
	}
	body := &bounded{r: resp.Body, left: c.opts.MaxBody}
	err = read(body)
	c.bytes.Add(c.opts.MaxBody - body.left)
	if err != nil {
		if body.failed != nil && ctx.Err() != nil {
			err = ctx.Err() // the connection may have been closed under the reader, which tells less
		}
		return c.badAnswer(target, resp.StatusCode, body, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, target string, form io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, form)
	if err != nil {
		return nil, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header["Idempotency-Key"] = nil // not sent: it tells net/http that the request may be repeated
	}
	for name, values := range c.opts.Header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if c.opts.Authorize != nil {
		c.opts.Authorize(req)
	}
	return req, nil
}

func (c *Client) unanswered(target string, err error) error {
	kind, err := networkKind(err), unwrapURL(err)
	if kind == Timeout {
		err = fmt.Errorf("no answer in time: %w", err)
	}
	return c.fail(kind, target, 0, err)
}

const (
	excerpt = 300 // how many bytes of a bad answer are shown
	// searched is how much of it is cleaned of secrets before it is cut: one that is cut in two would not be known again.
	searched = 64 << 10
)

func (c *Client) refused(target string, resp *http.Response) error {
	head, _ := io.ReadAll(io.LimitReader(resp.Body, searched)) // what can be read of it is enough to show
	var err error
	if to, redirected := resp.Location(); redirected == nil && resp.StatusCode < 400 {
		err = fmt.Errorf("the answer is a redirect to %s://%s, which is not followed", to.Scheme, to.Host)
	}
	e := c.fail(statusKind(resp.StatusCode), target, resp.StatusCode, err)
	e.Body = c.shown(head)
	if resp.StatusCode != http.StatusTooManyRequests {
		resp.Header.Del("ratelimit-reset") // PagerDuty sends it with every answer
	}
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	return e
}

func (c *Client) badAnswer(target string, code int, body *bounded, err error) error {
	kind := Garbage
	switch {
	case body.over:
		kind, err = TooLarge, fmt.Errorf("the answer is larger than %d bytes", c.opts.MaxBody)
	case errors.Is(err, context.DeadlineExceeded):
		kind, err = Timeout, fmt.Errorf("the answer was not complete in time: %w", err)
	case body.failed != nil:
		kind, err = Network, body.failed
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the answer ends in the middle")
	}
	e := c.fail(kind, target, code, err)
	e.Body = c.shown(body.head.Bytes())
	return e
}

func (c *Client) fail(kind Kind, target string, code int, err error) *Error {
	if err != nil {
		err = cleaned{c.opts.Clean(err.Error()), err}
	}
	return &Error{Kind: kind, URL: c.opts.Clean(withoutQuery(target)), Code: code, Err: err}
}

// cleaned is an error whose text is free of secrets; errors.Is and errors.As still see the cause.
type cleaned struct {
	text string
	err  error
}

func (c cleaned) Error() string { return c.text }
func (c cleaned) Unwrap() error { return c.err }

func withoutQuery(target string) string {
	before, _, _ := strings.Cut(target, "?")
	return before
}

// shown is the beginning of an answer as an error shows it.
func (c *Client) shown(head []byte) string {
	text := c.opts.Clean(string(head))
	if len(text) > excerpt {
		text = strings.ToValidUTF8(text[:excerpt], "") + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}

// onlySpace makes sure that nothing follows the JSON value.
func onlySpace(dec *json.Decoder) error {
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more follows after the JSON")
		}
		return err
	}
	return nil
}

// bounded reads no more than it may, and remembers how the answer began and why it ended.
type bounded struct {
	r      io.Reader
	left   int64
	head   bytes.Buffer
	over   bool
	failed error
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 { // one more byte than allowed tells that there is more
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.over = true
		return 0, errors.New("too large")
	}
	if room := searched - b.head.Len(); room > 0 {
		b.head.Write(p[:min(n, room)])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

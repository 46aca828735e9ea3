package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Kind says what went wrong with a request.
type Kind string

// The kinds of failure. None of them ever is an empty answer.
const (
	Auth      Kind = "auth"       // 401, 403
	RateLimit Kind = "rate limit" // 429
	Refused   Kind = "refused"    // any other 4xx, and redirects
	Server    Kind = "server"     // 5xx
	Network   Kind = "network"
	Timeout   Kind = "timeout"
	Garbage   Kind = "garbage" // an answer, but not the one that was asked for
	TooLarge  Kind = "too large"
)

// Error is the failure of one request.
type Error struct {
	Kind       Kind
	URL        string // without its query
	Code       int    // HTTP status, 0 if there was no answer
	Body       string // beginning of the answer, free of secrets
	RetryAfter time.Duration
	Err        error
}

// Error says what was asked and what came back.
func (e *Error) Error() string {
	text := e.URL + ": "
	switch {
	case e.Err != nil && e.Code != 0:
		text += fmt.Sprintf("%v (status %d)", e.Err, e.Code)
	case e.Err != nil:
		text += e.Err.Error()
	default:
		text += fmt.Sprintf("status %d %s", e.Code, http.StatusText(e.Code))
	}
	if e.Body != "" {
		text += fmt.Sprintf(": %q", e.Body)
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// RetryAfter is how long a failed request asks to wait before the next one; 0 if it does not say.
func RetryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// KindOf is the kind of a failed request, "" for any other error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func statusKind(code int) Kind {
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return Auth
	case code == http.StatusTooManyRequests:
		return RateLimit
	case code >= 500:
		return Server
	default:
		return Refused
	}
}

func networkKind(err error) Kind {
	var n net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout() {
		return Timeout
	}
	return Network
}

// unwrapURL takes the URL off an error of net/http: it is told without its query, which may hold what it must not tell.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// RetryIn is how long the answer with these headers asks to wait before the next request; 0 if it does not say.
func RetryIn(h http.Header, now time.Time) time.Duration { return retryAfter(h, now) }

// longestWait bounds what a server may ask for: a wait beyond it would be one for ever.
const longestWait = 10 * time.Minute

// retryAfter reads how long to wait: PagerDuty's ratelimit-reset and the standard Retry-After, both in seconds, the
// latter also as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // a date to wait for is one by the server's clock
	}
	for _, name := range []string{"Retry-After", "ratelimit-reset"} {
		value := h.Get(name)
		if n, err := strconv.ParseFloat(value, 64); err == nil && n >= 0 {
			return time.Duration(min(n, longestWait.Seconds()) * float64(time.Second))
		}
		if t, err := http.ParseTime(value); err == nil && t.After(now) {
			return min(t.Sub(now), longestWait)
		}
	}
	return 0
}

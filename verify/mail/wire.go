package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/failurefriday/friday/internal/httpapi"
)

// wire is a connection that takes in no more than it is allowed to, and remembers how it ended: the IMAP client tells
// only that it could not go on. Deadlines are ours alone: whoever waits for an answer closes the wire when time is up.
type wire struct {
	net.Conn
	meter   *meter
	allowed atomic.Int64
	ended   atomic.Pointer[error]
}

// meter counts what looking costs.
type meter struct{ commands, bytes atomic.Int64 }

var errTooMuch = errors.New("the answer is longer than it can be")

// allow sets how much may come from now on.
func (w *wire) allow(n int64) { w.allowed.Store(n) }

// Read reads what is allowed.
func (w *wire) Read(b []byte) (int, error) {
	left := w.allowed.Load()
	if left <= 0 {
		err := errTooMuch
		w.ended.CompareAndSwap(nil, &err)
		return 0, err
	}
	n, err := w.Conn.Read(b[:min(int64(len(b)), left)])
	w.allowed.Add(-int64(n))
	w.meter.bytes.Add(int64(n))
	if err != nil {
		w.ended.CompareAndSwap(nil, &err)
	}
	return n, err
}

// SetReadDeadline does nothing: see wire.
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: see wire.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// within calls do, and cuts the wire when ctx is done or the timeout is over before it returns.
func (w *wire) within(ctx context.Context, timeout time.Duration, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = w.Close() })
	defer stop()
	if err := do(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	return nil
}

// failure names what went wrong with a command, in terms of httpapi, so that whoever polls can tell.
func (d door) failure(ctx context.Context, what string, err error, w *wire) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var known *httpapi.Error
	if errors.As(err, &known) {
		return err
	}
	kind := d.kind(what, err, w)
	text := d.clean(printable(firstLine(err.Error())))
	if kind == httpapi.Timeout {
		text = fmt.Sprintf("no answer within %s", d.timeout)
	}
	return &httpapi.Error{Kind: kind, URL: d.base, Err: fmt.Errorf("%s: %s", what, text)}
}

func (d door) kind(what string, err error, w *wire) httpapi.Kind {
	var refused *imap.Error
	var n net.Error
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return httpapi.Timeout
	case errors.As(err, &refused):
		return refusal(what, refused)
	case w != nil && w.ended.Load() != nil:
		if errors.Is(*w.ended.Load(), errTooMuch) {
			return httpapi.TooLarge
		}
		return httpapi.Network
	case errors.As(err, &n), errors.As(err, &cert), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return httpapi.Network
	case w == nil:
		return httpapi.Network
	}
	return httpapi.Garbage
}

// refusal is the kind of a NO, a BAD or a BYE (RFC 9051, 7.1).
func refusal(what string, err *imap.Error) httpapi.Kind {
	switch err.Code {
	case imap.ResponseCodeAuthenticationFailed, imap.ResponseCodeAuthorizationFailed, imap.ResponseCodeExpired,
		imap.ResponseCodeNoPerm, imap.ResponseCodePrivacyRequired:
		return httpapi.Auth
	case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse, imap.ResponseCodeContactAdmin:
		return httpapi.Server
	case imap.ResponseCodeLimit:
		return httpapi.RateLimit
	}
	switch {
	case err.Type == imap.StatusResponseTypeBye:
		return httpapi.Server
	case what == login && err.Type == imap.StatusResponseTypeNo:
		return httpapi.Auth
	}
	return httpapi.Refused
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

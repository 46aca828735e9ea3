package publish

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/failurefriday/friday/internal/clock"
)

// refusal is a failure that stays one however often it is tried.
type refusal struct {
	err error
	do  string // what the user can do about it; may be empty
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// busy is a failure that may pass.
type busy struct {
	err   error
	after time.Duration // what the other side asks to wait; 0 if it does not say
}

func (b *busy) Error() string { return b.err.Error() }
func (b *busy) Unwrap() error { return b.err }

// The patience of a message. All of it lies within the time that Tell has.
const (
	oneTry  = 10 * time.Second
	firstly = 500 * time.Millisecond // between the first two tries; each time longer
	longest = 8 * time.Second
)

// persist tries until it works, until it cannot, or until there is no time left for what it must wait. No try takes longer
// than most.
func persist(ctx context.Context, most time.Duration, try func(context.Context) error) error {
	pace := backoff.NewExponentialBackOff()
	pace.InitialInterval, pace.MaxInterval = firstly, longest
	for tries := 1; ; tries++ {
		err := once(ctx, most, try)
		var passing *busy
		if err == nil || !errors.As(err, &passing) {
			return err
		}
		wait := max(pace.NextBackOff(), passing.after)
		if left, ok := ctx.Deadline(); ok && time.Until(left) <= wait || !clock.Pause(ctx, wait) {
			return gaveUp(passing, tries)
		}
	}
}

func once(ctx context.Context, most time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return try(ctx)
}

func gaveUp(last *busy, tries int) error {
	times := "once"
	if tries > 1 {
		times = fmt.Sprintf("%d times", tries)
	}
	if last.after > 0 {
		return fmt.Errorf("%w (tried %s; it asks to wait %s, and %s are allowed in all)", last.err, times, last.after.Round(time.Second), inAll)
	}
	return fmt.Errorf("%w (tried %s)", last.err, times)
}

// passes reports whether a failure of the network may be over a moment later. One of TLS is not: certificates stay as they are.
func passes(err error) bool {
	var cert *tls.CertificateVerificationError
	var n net.Error
	switch {
	case errors.As(err, &cert):
		return false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	return errors.As(err, &n)
}

package probes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"

	"github.com/failurefriday/friday/verify"
)

// ours are the errors that mean that this side could not even try: they say nothing about the other one.
var ours = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}

// failed tells what the end of a conversation with err says: mostly that the other side is red. What is what it failed
// to bring: "answer", "connection".
func (c clock) failed(ctx context.Context, what string, err error) (verify.Pulse, error) {
	if cut := cutOff(ctx); cut != nil {
		return verify.Pulse{}, cut
	}
	if there := (*insideError)(nil); errors.As(err, &there) {
		return verify.Pulse{}, fmt.Errorf("cannot look from there: %w", there.error)
	}
	if slices.ContainsFunc(ours, func(e error) bool { return errors.Is(err, e) }) {
		return verify.Pulse{}, fmt.Errorf("cannot look: %w", err)
	}
	name := (*net.DNSError)(nil)
	if timeout := net.Error(nil); ctx.Err() != nil || !errors.As(err, &name) && errors.As(err, &timeout) && timeout.Timeout() {
		return c.late(what), nil // a name server that does not answer has a limit of its own, and is told as such
	}
	return red("%s", why(err)), nil
}

// why is the heart of a network error, without the addresses that everybody knows.
func why(err error) string {
	var (
		name    *net.DNSError
		cert    *tls.CertificateVerificationError
		host    x509.HostnameError
		errno   syscall.Errno
		noProto tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("%s does not resolve: %s", name.Name, name.Err)
	case errors.As(err, &host):
		return "TLS: the certificate is for another name: " + host.Error()
	case errors.As(err, &cert):
		return "TLS: " + cert.Err.Error()
	case errors.As(err, &noProto):
		return "TLS: " + noProto.Msg
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed in the middle of the answer"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	}
	return excerpt([]byte(err.Error()))
}

package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// Source is one receiver. Its times are by our own clock: an incident is opened when its first message comes in.
type Source struct {
	name   string
	params Params
	secret secret.Value
	clean  func(string) string
	now    func() time.Time
	decode decoder
	store  *store
	log    refusals
	busy   chan struct{} // one place for each message that is read right now

	reading sync.Mutex

	mu      sync.Mutex
	server  *http.Server
	serving sync.WaitGroup
	at      net.Addr
	since   time.Time // when it began to listen; zero before
	died    error     // why it does not listen any more
}

var (
	_ verify.Source = (*Source)(nil)
	_ verify.Tracer = (*Source)(nil)
	_ io.Closer     = (*Source)(nil)
)

const (
	mostBody   = 1 << 20
	mostAtOnce = 64
	readWithin = 10 * time.Second
	leaveOff   = 2 * time.Second // what is being answered may still be
)

var errClosed = errors.New("the receiver has been closed")

// Ready begins to listen, and reports whether it still does.
func (s *Source) Ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.died != nil || !s.since.IsZero() {
		return s.died
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.params.address())
	if err != nil {
		return fmt.Errorf("cannot listen at %s: %w", s.params.address(), err)
	}
	s.server = &http.Server{
		Handler: s, ReadHeaderTimeout: readWithin, ReadTimeout: readWithin, WriteTimeout: readWithin, IdleTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
	s.at, s.since = listener.Addr(), s.now()
	server := s.server
	s.serving.Go(func() { s.serve(server, listener) })
	return nil
}

// serve serves until the listener is no more.
func (s *Source) serve(server *http.Server, listener net.Listener) {
	err := server.Serve(listener)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.died == nil {
		s.died = fmt.Errorf("the receiver does not listen any more: %w", err)
	}
}

// Close ends it for good. Messages that are being read are answered first.
func (s *Source) Close() error {
	s.mu.Lock()
	server, began := s.server, s.died == nil
	s.died = errClosed
	s.mu.Unlock()
	if server == nil || !began {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveOff)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = server.Close()
	}
	s.serving.Wait() // one that had only just begun closes its listener itself
	return err
}

// listening is where it listens and since when; an error if it does not.
func (s *Source) listening() (net.Addr, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.died != nil:
		return s.at, s.since, s.died
	case s.since.IsZero():
		return nil, s.since, errors.New("the receiver does not listen yet, so nothing is known")
	}
	return s.at, s.since, nil
}

// Open lists every incident that is open, of those whose messages have come since it listens.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	return s.list(ctx, func(in verify.Incident) bool { return in.Status != verify.Resolved })
}

// earlier is how much before the receiver listened may be asked about: who has just made it ready allows for a second.
const earlier = 5 * time.Second

// Since lists every incident that was opened at or after t. A t long before it listened is an error.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	if _, since, err := s.listening(); err == nil && t.Before(since.Add(-earlier)) {
		return nil, fmt.Errorf("the receiver listens since %s, so what came before is not known", stamp(since))
	}
	from := t.Truncate(time.Second) // of alerts that began before, the sender may tell whole seconds
	return s.list(ctx, func(in verify.Incident) bool { return !in.Opened.Before(from) })
}

func (s *Source) list(ctx context.Context, keep func(verify.Incident) bool) ([]verify.Incident, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, _, err := s.listening(); err != nil {
		return nil, err
	}
	return s.store.list(keep)
}

func stamp(t time.Time) string { return t.UTC().Format("15:04:05") + " UTC" }

package inbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/secret"
)

// Env is what the outside world gives to an inbox. The zero Env is good for a Config without a token.
type Env struct {
	Now     func() time.Time    // nil means time.Now
	Getenv  func(string) string // for a token that is kept in the environment
	Secrets *secret.Scrubber    // learns the token; may be nil
	Log     *slog.Logger        // one line for every event and refusal; nil means silence
}

// Server is a running inbox. It is an http.Handler and safe for concurrent use.
type Server struct {
	now            func() time.Time
	log            *slog.Logger
	token          secret.Value
	session        string // what the cookie of the page holds when there is a token
	rateLimit      int
	restLimit      int
	createServices bool
	responder      Responder
	page           *template.Template
	handler        http.Handler

	mu     sync.RWMutex // around everything below
	world  *world
	store  store
	hub    hub
	calls  limiter // of the REST API
	closed bool
	done   chan struct{} // closed by Close
}

// New makes an inbox and reports everything that is wrong with the configuration at once. Nothing listens yet.
func New(c Config, env Env) (*Server, error) {
	if err := c.problems(); err != nil {
		return nil, err
	}
	s := &Server{
		now: time.Now, log: slog.New(slog.DiscardHandler), session: rand.Text(), rateLimit: c.RateLimit,
		restLimit:      c.APIRateLimit,
		createServices: c.CreateServices, responder: c.Responder, done: make(chan struct{}),
		store: store{byID: map[string]*incident{}}, hub: hub{changed: make(chan struct{})},
	}
	if env.Now != nil {
		s.now = env.Now
	}
	if env.Log != nil {
		s.log = env.Log
	}
	if s.rateLimit == 0 {
		s.rateLimit = defaultRate
	}
	if s.restLimit == 0 {
		s.restLimit = restLimit
	}
	if err := s.readToken(c.Token, env); err != nil {
		return nil, err
	}
	page, err := parsePage()
	if err != nil {
		return nil, err
	}
	s.page, s.world = page, newWorld(c, s.now())
	s.handler = s.routes()
	return s, nil
}

func (s *Server) readToken(ref secret.Ref, env Env) error {
	if ref.IsZero() {
		return nil
	}
	getenv := env.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	token, err := ref.Read(getenv)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if env.Secrets != nil {
		env.Secrets.Learn(token)
	}
	s.token = token
	return nil
}

// ServeHTTP answers the Events API, the REST API and the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Listen opens addr (host:port) for Serve. Without a token it must be an address of the loopback interface.
func (s *Server) Listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the inbox cannot listen: %w", err)
	}
	if err := s.mayServe(l.Addr()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// mayServe refuses to be open to the network without a token.
func (s *Server) mayServe(addr net.Addr) error {
	if !s.token.IsZero() {
		return nil
	}
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the inbox has no token, so it may not listen on %s, where others can reach it: listen on 127.0.0.1, or set a token", addr)
}

// Serve answers on l until ctx is done, then closes the inbox and returns nil. It closes l in every case.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.mayServe(l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	web := &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(l) }()
	select {
	case err := <-failed:
		s.Close()
		return fmt.Errorf("the inbox stopped: %w", err)
	case <-ctx.Done():
	}
	s.Close()
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := web.Shutdown(wait); err != nil {
		_ = web.Close() // cuts what did not end by itself
	}
	<-failed
	return nil
}

// Close ends escalations, the responder and the live page. Requests are still answered. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, inc := range s.store.all {
		inc.stopTimers()
	}
	close(s.done)
}

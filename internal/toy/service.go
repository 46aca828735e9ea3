// Package toy is a small world of real processes to break: services, the supervisors that restart them, and the
// monitors that watch them, some of them badly placed. Each part is one function that runs until its context is done,
// meant to be a process of its own; World starts them all.
package toy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/pflag"
)

// ServiceOptions are the settings of a toy service.
type ServiceOptions struct {
	Name string // its name as a process, and in its answers
	Addr string // host:port to listen on
}

// Flags declares the options on fs.
func (o *ServiceOptions) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.Name, "name", "service", "name of the service")
	fs.StringVar(&o.Addr, "addr", "127.0.0.1:0", "address to listen on")
}

// Args are the flags that say o.
func (o ServiceOptions) Args() []string { return []string{"--name", o.Name, "--addr", o.Addr} }

// Service answers GET /health with {"status":"ok"}, and / with its name, until ctx is done. An address that is taken is
// an error at once.
func Service(ctx context.Context, o ServiceOptions) error {
	if err := setName(o.Name); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("%s cannot listen: %w", o.Name, err)
	}
	server := &http.Server{Handler: o.handler(), ReadHeaderTimeout: time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // a dying service owes its callers nothing
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	return nil
}

func (o ServiceOptions) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"ok"}`+"\n")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, o.Name+"\n")
	})
	return mux
}

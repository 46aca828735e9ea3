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
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
)

// ServiceOptions are the settings of a toy service.
type ServiceOptions struct {
	Name string // its name as a process, and in its answers
	Addr string // host:port to listen on
	// Needs are URLs of other services; it is healthy as long as at least Quorum of them answer with 200. 0 is all.
	Needs  []string
	Quorum int
}

// Flags declares the options on fs.
func (o *ServiceOptions) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.Name, "name", "service", "name of the service")
	fs.StringVar(&o.Addr, "addr", "127.0.0.1:0", "address to listen on")
	fs.StringArrayVar(&o.Needs, "needs", nil, "URL of a service that this one cannot do without; may be repeated")
	fs.IntVar(&o.Quorum, "quorum", 0, "how many of those it needs; 0 is all")
}

// Args are the flags that say o.
func (o ServiceOptions) Args() []string {
	args := []string{"--name", o.Name, "--addr", o.Addr, "--quorum", strconv.Itoa(o.Quorum)}
	for _, url := range o.Needs {
		args = append(args, "--needs", url)
	}
	return args
}

// Service answers GET /health with {"status":"ok"} or what it lacks, /metrics with numbers for Prometheus, and / with its
// name, until ctx is done. An address that is taken is an error at once.
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
	seen := &metrics{started: time.Now()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { seen.write(w) })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		seen.asking.Add(1)
		missing := o.missing(r.Context())
		seen.asking.Add(-1)
		seen.count(missing == 0)
		if missing > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprintf(w, `{"status":"%d services that it needs do not answer"}`+"\n", missing)
			return
		}
		_, _ = io.WriteString(w, `{"status":"ok"}`+"\n")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, o.Name+"\n")
	})
	return mux
}

// needWithin is how long a service waits for one that it needs.
const needWithin = 300 * time.Millisecond

// missing asks all that the service needs, and says how many too few answer.
func (o ServiceOptions) missing(ctx context.Context) int {
	want := o.Quorum
	if want == 0 {
		want = len(o.Needs)
	}
	var answers atomic.Int64
	var all sync.WaitGroup
	for _, url := range o.Needs {
		all.Go(func() {
			if answering(ctx, url) {
				answers.Add(1)
			}
		})
	}
	all.Wait()
	return max(0, want-int(answers.Load()))
}

func answering(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, needWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // each question is a new connection
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

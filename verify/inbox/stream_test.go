package inbox

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in memory, so that the timeouts of the real server pass in no time.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9911} }

func TestStreamOutlivesTheTimeoutsOfTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(t, DefaultConfig(), Env{})
		ctx, cancel := context.WithCancel(t.Context())
		l := pipes{make(chan net.Conn), make(chan struct{})}
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, l) }()
		mine, theirs := net.Pipe()
		l.dialled <- theirs
		if _, err := io.WriteString(mine, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		lines, begin := bufio.NewScanner(mine), time.Now()
		for time.Since(begin) < 5*time.Minute {
			nextID(t, lines) // one at once, then heartbeats
		}
		cancel()
		if _, err := io.Copy(io.Discard, mine); err != nil {
			t.Errorf("the end of the stream: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

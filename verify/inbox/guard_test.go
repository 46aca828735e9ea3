package inbox

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTokenIsAskedFor(t *testing.T) {
	s, token := lockedInbox(t)
	for header, status := range map[string]int{
		"":                              401,
		"Token token=wrong":             401,
		"Token token=":                  401,
		"Bearer":                        401,
		"Basic " + token:                401,
		"Token token=" + token:          200,
		`Token token="` + token + `"`:   200,
		"token token=" + token:          200,
		"Bearer " + token:               200,
		"Token token=" + token + "more": 401,
	} {
		var headers []string
		if header != "" {
			headers = []string{"Authorization", header}
		}
		res := do(s, "GET", "/incidents", "", headers...)
		if res.StatusCode != status {
			t.Errorf("%q: status %d, want %d", header, res.StatusCode, status)
		}
		if status == 401 {
			if e := restRefusal(t, res, 401); e.Code != 2006 {
				t.Errorf("%q: %+v", header, e)
			}
		}
	}
	send(t, s, trigger()) // the routing key is all that an event needs
}

func TestAnyTokenIsGoodWhereNoneIsSet(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	text(t, do(s, "GET", "/incidents", "", "Authorization", "Token token=whatever"), 200)
	text(t, do(s, "GET", "/incidents", ""), 200)
}

func TestRESTRateIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := DefaultConfig()
		c.APIRateLimit = 3
		s := mustNew(t, c, Env{})
		for _, left := range []string{"2", "1", "0"} {
			res := do(s, "GET", "/users", "")
			text(t, res, 200)
			wantHeaders(t, res, "Ratelimit-Limit", "3", "Ratelimit-Remaining", left, "Ratelimit-Reset", "60")
		}
		time.Sleep(20 * time.Second)
		res := do(s, "GET", "/users", "")
		restRefusal(t, res, 429)
		wantHeaders(t, res, "Ratelimit-Remaining", "0", "Ratelimit-Reset", "40")
		send(t, s, trigger()) // events have a rate of their own
		time.Sleep(40 * time.Second)
		text(t, do(s, "GET", "/users", ""), 200)
	})
}

func wantHeaders(t *testing.T, res *http.Response, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := res.Header.Get(pairs[i]); got != pairs[i+1] {
			t.Errorf("%s is %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

func TestForeignHostsAreTurnedAway(t *testing.T) {
	open, token := mustNew(t, DefaultConfig(), Env{}), ""
	locked, token := lockedInbox(t)
	for host, status := range map[string]int{
		"127.0.0.1:9911": 200, "localhost": 200, "[::1]:9911": 200, "inbox.localhost:9911": 200, "127.9.9.9": 200,
		"rebound.example": 403, "rebound.example:9911": 403, "10.0.0.1:9911": 403, "localhost.example": 403, "127.0.0.1.example": 403,
	} {
		for _, path := range []string{"/", "/incidents", "/list"} {
			if got := do(open, "GET", path, "", "Host", host).StatusCode; got != status {
				t.Errorf("no token, Host %s, %s: status %d, want %d", host, path, got, status)
			}
		}
		if got := do(locked, "GET", "/incidents", "", "Host", host, "Authorization", "Bearer "+token).StatusCode; got != 200 {
			t.Errorf("token, Host %s: status %d", host, got)
		}
	}
}

func TestOtherOriginsCannotPressButtons(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger())
	button := "/page/" + onlyIncident(t, s).ID + "/resolve"
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "http://127.0.0.1:8080"},
		{"Origin", "null"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
	} {
		restRefusal(t, do(s, "POST", button, "", headers...), 403)
		restRefusal(t, do(s, "POST", "/v2/enqueue", trigger("dedup_key", "forged"), headers...), 403)
	}
	if in := onlyIncident(t, s); in.Status != triggered {
		t.Errorf("%+v", in)
	}
	text(t, do(s, "POST", button, "", "Origin", "http://127.0.0.1:9911", "Sec-Fetch-Site", "same-origin"), 303)
	if in := onlyIncident(t, s); in.Status != resolved {
		t.Errorf("%+v", in)
	}
}

func TestListensOnLoopbackOnlyWithoutToken(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		l, err := s.Listen(addr)
		if err == nil {
			t.Errorf("it listens on %s", l.Addr())
			l.Close()
		} else if !strings.Contains(err.Error(), "no token") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if _, err := s.Listen("127.0.0.1:none"); err == nil {
		t.Error("it listens on a port that is none")
	}
	locked, _ := lockedInbox(t)
	l, err := locked.Listen("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestServeRefusesAnOpenListener(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := mustNew(t, DefaultConfig(), Env{}).Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("Serve: %v", err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("the listener is still open")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	l, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	res, err := http.Get("http://" + l.Addr().String() + "/events") // a reader that never goes by itself
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Serve: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Serve did not end")
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

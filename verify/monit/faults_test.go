package monit

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/verifytest"
)

// recorded serves what a real Monit has answered.
func recorded(t *testing.T, name string) http.Handler {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write(text)
	})
}

func serve(t *testing.T, handler http.Handler, timeout time.Duration) *Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	src, err := (&Params{URL: server.URL, Cycles: 1, timeout: timeout}).Build("monit", verify.Env{UserAgent: "friday/test"})
	if err != nil {
		t.Fatal(err)
	}
	return src.(*Source)
}

// ways are all ways to ask the source.
func ways(src *Source) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Ready": src.Ready,
		"Open":  func(ctx context.Context) error { _, err := src.Open(ctx); return err },
		"Since": func(ctx context.Context) error { _, err := src.Since(ctx, time.Time{}); return err },
		"Trace": func(ctx context.Context) error { _, err := src.Trace(ctx, nil); return err },
		"Audit": func(ctx context.Context) error { _, err := src.Audit(ctx); return err },
		"Look":  func(ctx context.Context) error { _, err := src.Follow(nil).Look(ctx, time.Time{}); return err },
	}
}

// TestNoAnswerIsNoSilence: whatever happens to the answer is an error of the right kind.
func TestNoAnswerIsNoSilence(t *testing.T) {
	t.Parallel()
	faults := append(verifytest.Faults(),
		verifytest.Answer("another document", 200, `<?xml version="1.0"?><collectd><server/></collectd>`),
		verifytest.Answer("no services", 200, `<monit><server><poll>1</poll></server></monit>`),
		verifytest.Answer("no server", 200, `<monit><service type="3"><name>x</name><status>0</status><monitor>1</monitor></service></monit>`),
		verifytest.Answer("a service without status", 200, `<monit><server/><service type="3"><name>x</name><monitor>1</monitor></service></monit>`),
		verifytest.Answer("a service without name", 200, `<monit><server/><service type="3"><status>0</status><monitor>1</monitor></service></monit>`),
		verifytest.Answer("an unknown encoding", 200, `<?xml version="1.0" encoding="klingon"?><monit/>`),
	)
	for _, fault := range faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			faulty := &verifytest.Faulty{Good: recorded(t, "status_down.xml")}
			src := serve(t, faulty, fault.Patience())
			faulty.Script(func(int) *verifytest.Fault { return &fault })
			for name, ask := range ways(src) {
				err := ask(t.Context())
				if err == nil || fault.Kind != "" && httpapi.KindOf(err) != fault.Kind {
					t.Errorf("%s: %v; want an error of kind %q", name, err, fault.Kind)
				}
			}
			faulty.Script(nil)
			for name, ask := range ways(src) {
				if err := ask(t.Context()); err != nil {
					t.Errorf("%s does not recover: %v", name, err)
				}
			}
		})
	}
}

// TestRecordedAnswers: what was recorded of a real Monit, before and after its targets were killed.
func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	if open, err := serve(t, recorded(t, "status_ok.xml"), time.Minute).Open(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%+v, %v", open, err)
	}
	src := serve(t, recorded(t, "status_down.xml"), time.Minute)
	open, err := src.Since(t.Context(), time.Unix(1795389207, 0))
	if err != nil || len(open) != 2 {
		t.Fatalf("%+v, %v", open, err)
	}
	if in := open[0]; in.Title != "checkout: does not exist" || in.Opened != time.Unix(1795389207, 248759000).UTC() || in.Labels["type"] != "process" {
		t.Errorf("%+v", in)
	}
	if in := open[1]; in.Title != "web: connection failed" || in.Labels["host"] != "vm" {
		t.Errorf("%+v", in)
	}
}

// TestLatin1: Monit writes ISO-8859-1.
func TestLatin1(t *testing.T) {
	t.Parallel()
	src := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><monit><server/><service type=\"7\"><name>caf\xe9</name><status>512</status><monitor>1</monitor><collected_sec>5</collected_sec></service></monit>"))
	}), time.Minute)
	open, err := src.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].Service != "café" {
		t.Errorf("%+v, %v", open, err)
	}
}

// TestOneRequest: a look costs one request, whatever is expected.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	src := serve(t, recorded(t, "status_ok.xml"), time.Minute)
	for _, n := range []int{1, 1000} {
		var expected []verify.Expectation
		for i := range n {
			expected = append(expected, expects(fmt.Sprintf("1.%d", i+1), "checkout"))
		}
		before := src.Requests()
		found, err := src.Follow(expected).Look(t.Context(), time.Time{})
		if err != nil || len(found) < 2*n || src.Requests()-before != 1 {
			t.Errorf("%d expectations: %d requests, %d pieces of evidence, %v", n, src.Requests()-before, len(found), err)
		}
	}
}

// TestOwnIncident: where the incident is expected of Monit itself, the page is followed by what matches it.
func TestOwnIncident(t *testing.T) {
	t.Parallel()
	src := serve(t, recorded(t, "status_ok.xml"), time.Minute)
	own := expects("1.1", "web")
	own.Source, own.Match, own.Alert = "monit", verify.Match{Title: own.Alert.Name}, verify.AlertMatch{}
	found, err := src.Follow([]verify.Expectation{own}).Look(t.Context(), time.Time{})
	if err != nil || len(found) != 3 || !strings.HasPrefix(found[0].Answer, "host web: status 0") {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, user, field string }{
		{"ftp://x", "", "url"}, {"http://u:p@x", "", "url"}, {"http://x?a=b", "", "url"}, {"http://x", "me", "password"},
	} {
		bad := (&Params{URL: c.url, User: c.user, Cycles: 1, Poll: time.Second}).Check()
		if len(bad) != 1 || bad[0].Field != c.field {
			t.Errorf("%+v: %v, want %s", c, bad, c.field)
		}
	}
	if bad := (&Params{URL: "http://x"}).Check(); len(bad) != 2 {
		t.Errorf("%v; want cycles and poll", bad)
	}
}

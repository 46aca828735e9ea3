package toy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestHealthOfAServiceThatNeedsOthers(t *testing.T) {
	well := httptest.NewServer(ServiceOptions{Name: "db"}.handler())
	defer well.Close()
	ill := httptest.NewServer(http.NotFoundHandler())
	defer ill.Close()
	good, bad, none := well.URL+"/health", ill.URL, "http://127.0.0.1:1"
	for _, test := range []struct {
		needs  []string
		quorum int
		want   int
	}{
		{nil, 0, http.StatusOK},
		{[]string{good}, 0, http.StatusOK},
		{[]string{good, bad}, 0, http.StatusServiceUnavailable},
		{[]string{good, none}, 0, http.StatusServiceUnavailable},
		{[]string{good, none, bad}, 1, http.StatusOK},
		{[]string{good, good, none, bad}, 2, http.StatusOK},
		{[]string{good, none, none, bad}, 2, http.StatusServiceUnavailable},
		{[]string{":"}, 0, http.StatusServiceUnavailable},
	} {
		answer := httptest.NewRecorder()
		o := ServiceOptions{Name: "app", Needs: test.needs, Quorum: test.quorum}
		o.handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/health", nil))
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.Code != test.want || test.want != http.StatusOK && !strings.Contains(string(body), "do not answer") {
			t.Errorf("%v, quorum %d: got %d %s, want %d", test.needs, test.quorum, answer.Code, body, test.want)
		}
	}
}

// TestMetricsCountHealthChecks: what Prometheus scrapes is what was asked, and scraping is not counted.
func TestMetricsCountHealthChecks(t *testing.T) {
	h := ServiceOptions{Name: "app", Needs: []string{":"}, Quorum: 0}.handler()
	ask := func(path string) string {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		return answer.Body.String()
	}
	ask("/health")
	ask("/metrics")
	ask("/health")
	text := ask("/metrics")
	for _, want := range []string{"requests_total{code=\"200\"} 0\n", "requests_total{code=\"503\"} 2\n", "errors_total 2\n", "queue_depth 0\n", "process_start_time_seconds 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestServiceArgsSayTheOptions(t *testing.T) {
	want := ServiceOptions{Name: "app", Addr: "127.0.0.1:7", Needs: []string{"http://a", "http://b,c"}, Quorum: 1}
	var got ServiceOptions
	fs := pflag.NewFlagSet("service", pflag.ContinueOnError)
	got.Flags(fs)
	if err := fs.Parse(want.Args()); err != nil {
		t.Fatal(err)
	}
	if got.Name != want.Name || got.Addr != want.Addr || got.Quorum != want.Quorum || !slices.Equal(got.Needs, want.Needs) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

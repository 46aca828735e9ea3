package scenarios

import (
	"net/netip"
	"testing"
)

func TestPathsToASource(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"http://192.0.2.7", "192.0.2.7:80"},
		{"https://192.0.2.7/api", "192.0.2.7:443"},
		{"http://127.0.0.1:18080/x", "127.0.0.1:18080"},
		{"https://[2001:db8::1]:8443", "[2001:db8::1]:8443"},
	} {
		paths, err := pathsTo(t.Context(), "source x", test.url)
		if err != nil || len(paths) != 1 || paths[0].Remote != netip.MustParseAddrPort(test.want) || paths[0].Named {
			t.Errorf("%s: got %+v, %v, want %s", test.url, paths, err, test.want)
		}
	}
	named, err := pathsTo(t.Context(), "source x", "http://localhost:99")
	if err != nil || len(named) == 0 || !named[0].Remote.Addr().IsLoopback() || named[0].What == "" {
		t.Errorf("localhost: got %+v, %v", named, err)
	}
	for _, bad := range []string{"", "http://192.0.2.7:x", "mailto:a@b", "http://no-such-host.invalid"} {
		if paths, err := pathsTo(t.Context(), "source x", bad); err == nil {
			t.Errorf("%q: got %v", bad, paths)
		}
	}
}

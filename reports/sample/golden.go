package sample

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	style  = regexp.MustCompile(`(?s)<style>.*?</style>`)
	policy = regexp.MustCompile(`sha256-(?:[A-Za-z0-9+/=]|&#43;)+`)
)

// Golden compares got with testdata/name beside the test; go test -update writes the file anew. The style of a page is left
// out: all pages have the same one, and a change of it is looked at in a browser.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	got = style.ReplaceAll(got, []byte("<style></style>"))
	got = policy.ReplaceAll(got, []byte("sha256-…"))
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, diff)
	}
}

package probes

import (
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

// read decodes parameters as they stand in a scenario.
func read(t *testing.T, text string, into any) error {
	t.Helper()
	report := diag.NewReport([]byte(text))
	root := decode.Parse("x.yaml", []byte(text), report)
	if root == nil {
		t.Fatal(report.Err())
	}
	decode.Into(root, into, nil, report)
	return report.Err()
}

func TestParametersAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	tcp := TCPKind.New().(*TCP)
	if err := read(t, "address: shop:80\nfrom: {container: {project: shop, service: web, labels: {tier: /front/}}}\n", tcp); err != nil {
		t.Fatal(err)
	}
	if got := tcp.From.Container.String(); got != "label tier=/front/, project shop, service web" || tcp.Address != "shop:80" || len(tcp.Validate()) > 0 {
		t.Errorf("got %q in %+v, faults %v", got, tcp, tcp.Validate())
	}
	box := ContainerKind.New().(*Container)
	if err := read(t, "name: web\nhealth: healthy\n", box); err != nil {
		t.Fatal(err)
	}
	if box.Name.String() != "web" || box.Health != Healthy || box.Count != 1 {
		t.Errorf("got %+v", box)
	}
	for text, want := range map[string]string{
		"name: web\nhealth: well\n": "healthy or any",
		"id: abc\n":                 "12 to 64 digits",
		"name: web\ncount: 0\n":     "count",
		"name: web\nstate: up\n":    "state",
		"id: 0123456789ab\nengine: [unix:///run/docker.sock]": "engine",
	} {
		if err := read(t, text, ContainerKind.New()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want …%s…", text, err, want)
		}
	}
}

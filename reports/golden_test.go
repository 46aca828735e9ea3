package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

func render(t *testing.T, r Renderer, records ...judge.Record) string {
	t.Helper()
	var out bytes.Buffer
	if err := r(&out, records); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The page is kept for one run; testdata/outline.txt, of another test, holds the structure of the page of all.
func TestGolden(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "html" {
			sample.Golden(t, "payments-dies.html", []byte(render(t, f.Render, sample.PaymentsDies())))
			continue
		}
		sample.Golden(t, "samples"+f.Ext, []byte(render(t, f.Render, sample.All()...)))
	}
}

func TestRecordSurvivesItsFile(t *testing.T) {
	for _, r := range sample.All() {
		var back judge.Record
		if err := json.Unmarshal([]byte(render(t, JSON, r)), &back); err != nil {
			t.Fatal(err)
		}
		if got, want := render(t, JSON, back), render(t, JSON, r); got != want {
			t.Errorf("%s changes on its way through JSON:\n%s", r.Run.Scenario, cmp.Diff(want, got))
		}
		for _, f := range Formats() {
			if diff := cmp.Diff(render(t, f.Render, r), render(t, f.Render, back)); diff != "" {
				t.Errorf("%s of %s differs after a round trip:\n%s", f.Name, r.Run.Scenario, diff)
			}
		}
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrorsAreReturned(t *testing.T) {
	for _, f := range Formats() {
		if err := f.Render(fullDisk{}, sample.All()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want %v", f.Name, err, errFull)
		}
		if err := f.Render(&bytes.Buffer{}, nil); err == nil {
			t.Errorf("%s reports on nothing", f.Name)
		}
	}
}

func TestRenderingChangesNothing(t *testing.T) {
	records, want := sample.All(), render(t, JSON, sample.All()...)
	for _, f := range Formats() {
		first := render(t, f.Render, records...)
		if second := render(t, f.Render, records...); second != first {
			t.Errorf("%s is not the same twice", f.Name)
		}
	}
	if got := render(t, JSON, records...); got != want {
		t.Errorf("a renderer changed the records:\n%s", cmp.Diff(want, got))
	}
}

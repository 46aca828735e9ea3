package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

func TestHistoryIsReadAsItWasWritten(t *testing.T) {
	dir := t.TempDir()
	var told []verify.Event
	h, err := CreateHistory(dir, &secret.Scrubber{}, func(e verify.Event) { told = append(told, e) })
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []verify.Type{verify.RunStarted, verify.PulseTaken, verify.RunEnded} {
		if err := h.Add(verify.Event{Type: typ}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, HistoryFile)
	events, err := ReadHistory(path)
	if err != nil || len(events) != 3 || len(told) != 3 {
		t.Fatalf("%d events read, %d told, %v", len(events), len(told), err)
	}
	for i, e := range events {
		if e.Seq != i+1 || e.At.IsZero() || i > 0 && e.At.Before(events[i-1].At) {
			t.Errorf("event %d: seq %d at %s", i, e.Seq, e.At)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A killed runner leaves half a line: everything before it counts.
	last := strings.LastIndexByte(strings.TrimSuffix(string(whole), "\n"), '\n') + 1
	for cut := last; cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if events, err := ReadHistory(path); err != nil || len(events) != 2 {
			t.Fatalf("cut at %d: %d events, %v", cut, len(events), err)
		}
	}
	if err := os.WriteFile(path, append([]byte("garbage\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadHistory(path); err == nil || !strings.Contains(err.Error(), ":1:") {
		t.Errorf("garbage in the middle: %v", err)
	}
}

func TestHistoryHoldsNoSecret(t *testing.T) {
	var scrub secret.Scrubber
	scrub.Learn(secret.New("canary-77"))
	var told verify.Event
	dir := t.TempDir()
	h, err := CreateHistory(dir, &scrub, func(e verify.Event) { told = e })
	if err != nil {
		t.Fatal(err)
	}
	in := verify.Incident{ID: "P1", Title: "page about canary-77"}
	if err := h.Add(verify.Event{Type: verify.IncidentSeen, Text: "canary-77", Incident: &verify.SeenIncident{Incident: in}}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"file": string(data), "view": told.Text + told.Incident.Title, "judge": h.Events()[0].Incident.Title} {
		if strings.Contains(text, "canary") || !strings.Contains(text, "redacted") {
			t.Errorf("the %s sees %q", what, text)
		}
	}
}

func TestHistoryThatCannotBeWrittenSaysSo(t *testing.T) {
	h, err := CreateHistory(t.TempDir(), &secret.Scrubber{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.file.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.Add(verify.Event{Type: verify.RunStarted}); err == nil {
			t.Error("a lost event is no error")
		}
	}
	if len(h.Events()) != 2 {
		t.Error("what could not be written is not even remembered")
	}
	if _, err := CreateHistory("/proc/nothing", &secret.Scrubber{}, nil); err == nil {
		t.Error("a folder that cannot be made is no error")
	}
}

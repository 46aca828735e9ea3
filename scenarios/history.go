package scenarios

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/verify"
)

// HistoryFile is the name of the history in a run's folder.
const HistoryFile = "history.jsonl"

// History is the append-only log of a run: one JSON line an event. It is safe for concurrent use.
type History struct {
	mu     sync.Mutex
	file   *os.File
	scrub  *secret.Scrubber
	events []verify.Event
	notify func(verify.Event)
	failed error
}

// CreateHistory makes the history of a new run in folder dir, which it creates. notify, which may be nil, is told of
// every event, in order; it must not block.
func CreateHistory(dir string, scrub *secret.Scrubber, notify func(verify.Event)) (*History, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the run: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, HistoryFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot make the history of the run: %w", err)
	}
	return &History{file: f, scrub: scrub, notify: notify}, nil
}

// Add numbers and stamps the event, writes it, and keeps it. Events that change the state of the world are on disk when
// Add returns. A failure to write is returned once and again by every later call; the event is kept in memory all the
// same, so that a run on a full disk can still be judged.
func (h *History) Add(e verify.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.Seq = len(h.events) + 1
	if e.At.IsZero() {
		e.At = time.Now()
	}
	e.At = e.At.UTC().Round(0)
	if n := len(h.events); n > 0 && e.At.Before(h.events[n-1].At) {
		e.At = h.events[n-1].At
	}
	line, e := h.line(e)
	h.events = append(h.events, e)
	h.write(e.Type, line)
	if h.notify != nil {
		h.notify(e)
	}
	return h.failed
}

// line is an event as it is written, and as everybody sees it: free of secrets.
func (h *History) line(e verify.Event) ([]byte, verify.Event) {
	raw, err := json.Marshal(e)
	if err != nil {
		h.fail(err)
		return nil, verify.Event{Seq: e.Seq, At: e.At, Type: e.Type, Step: e.Step, Error: "cannot be written"}
	}
	clean := h.scrub.CleanBytes(raw)
	if !bytes.Equal(raw, clean) {
		var cleaned verify.Event
		if err := json.Unmarshal(clean, &cleaned); err != nil {
			h.fail(err)
			return nil, verify.Event{Seq: e.Seq, At: e.At, Type: e.Type, Step: e.Step, Error: "cannot be written without a secret"}
		}
		e = cleaned
	}
	return append(clean, '\n'), e
}

func (h *History) write(t verify.Type, line []byte) {
	if h.failed != nil || line == nil {
		return
	}
	_, err := h.file.Write(line)
	if err == nil && durable(t) {
		err = h.file.Sync()
	}
	h.fail(err)
}

func (h *History) fail(err error) {
	if err != nil && h.failed == nil {
		h.failed = fmt.Errorf("cannot write the history of the run: %w", err)
	}
}

// durable tells the events that must survive a crash of the machine from those that are worth less than a sync.
func durable(t verify.Type) bool {
	switch t {
	case verify.PulseTaken, verify.FaultLook, verify.FaultAgain, verify.Polled, verify.IncidentSeen, verify.Traced, verify.BaselineSeen:
		return false
	default:
		return true
	}
}

// Events returns what has been added so far. The slice must not be changed.
func (h *History) Events() []verify.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clip(h.events)
}

// Close syncs and closes the file.
func (h *History) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.file.Sync()
	if cerr := h.file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("cannot finish the history of the run: %w", err)
	}
	return h.failed
}

// ReadHistory reads a history file. A torn last line, as a killed runner leaves it, is left out; any other line that
// cannot be read is an error.
func ReadHistory(path string) ([]verify.Event, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the history: %w", err)
	}
	var events []verify.Event
	in := bufio.NewReader(bytes.NewReader(data))
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		var e verify.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s:%d: not an event: %w", path, n, err)
		}
		events = append(events, e)
	}
}

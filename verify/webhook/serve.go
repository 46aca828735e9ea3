package webhook

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// decoder reads the body of one message, all of it or nothing.
type decoder func(body []byte) (message, error)

// message is what a body says.
type message struct {
	events []event
	who    string // receiver that the message is for
	left   int    // alerts that it left out
}

// refusal is why a message is not taken.
type refusal struct {
	status int
	reason string // one of few, to be counted
	detail string
}

// ServeHTTP takes one message. What is refused is counted and told as evidence.
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.now()
	no := s.receive(w, r, now)
	if no == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		from = r.RemoteAddr
	}
	s.log.add(*no, now, from)
	switch no.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", map[bool]string{true: "Bearer", false: `Basic realm="friday"`}[s.params.User == ""])
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	http.Error(w, no.reason, no.status)
}

func (s *Source) receive(w http.ResponseWriter, r *http.Request, now time.Time) *refusal {
	switch {
	case r.URL.Path != s.params.Path:
		return &refusal{http.StatusNotFound, "wrong path", ""}
	case r.Method != http.MethodPost:
		return &refusal{http.StatusMethodNotAllowed, "not a POST", ""}
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		return &refusal{http.StatusServiceUnavailable, "too many at once", ""}
	}
	if !s.knownByHeader(r.Header) { // before anything is read of a stranger
		return &refusal{http.StatusUnauthorized, "bad credentials", ""}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("larger than %d MiB", mostBody>>20), ""}
	case err != nil:
		return &refusal{http.StatusBadRequest, "cut off", ""}
	case !s.signed(r.Header, body):
		return &refusal{http.StatusUnauthorized, "bad signature", ""}
	}
	s.reading.Lock() // one at a time: decoded, a small body may become a large thing
	m, err := s.decode(body)
	s.reading.Unlock()
	if err != nil {
		return &refusal{http.StatusBadRequest, "not to be understood", s.shown(err.Error())}
	}
	id := r.Header.Get("X-Webhook-Id")
	if len(id) > longestID || s.params.Format != pagerduty {
		id = ""
	}
	_, since, err := s.listening()
	if err == nil {
		err = s.store.take(arrival{at: now, since: since, id: id, who: cmp.Or(m.who, s.name), left: m.left}, m.events)
	}
	if err != nil {
		return &refusal{http.StatusServiceUnavailable, "nothing more is kept", err.Error()}
	}
	return nil
}

// shown is text as evidence may show it.
func (s *Source) shown(text string) string {
	if text = s.clean(text); len(text) > 200 {
		text = text[:200] + "…"
	}
	return text
}

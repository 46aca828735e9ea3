package inbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// restLimit is how many REST requests a minute are answered.
const restLimit = 960

// apiError is a refusal in the words of the REST API.
type apiError struct {
	status  int
	Message string   `json:"message"`
	Code    int      `json:"code"`
	Errors  []string `json:"errors,omitempty"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%s %q", e.Message, e.Errors) }

// badInput is the answer to a parameter that makes no sense.
func badInput(format string, args ...any) *apiError {
	return &apiError{status: 400, Code: 2001, Message: "Invalid Input Provided", Errors: []string{fmt.Sprintf(format, args...)}}
}

func notFound() *apiError { return &apiError{status: 404, Code: 2100, Message: "Not Found"} }

// answer is what a REST handler returns; the zero status is 200.
type answer struct {
	status int
	body   any
}

// call is one REST request. Its handler runs under the lock and returns a body that shares nothing with the state.
type call struct {
	s     *Server
	r     *http.Request
	query url.Values
	body  []byte
	view  view
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/enqueue", s.postEvent)
	for pattern, do := range map[string]func(*call) (answer, error){
		"GET /incidents":                   (*call).listIncidents,
		"PUT /incidents":                   (*call).putIncidents,
		"GET /incidents/{id}":              (*call).getIncident,
		"PUT /incidents/{id}":              (*call).putIncident,
		"GET /incidents/{id}/alerts":       (*call).listAlerts,
		"GET /incidents/{id}/log_entries":  (*call).listIncidentLog,
		"GET /log_entries":                 (*call).listLog,
		"GET /log_entries/{id}":            (*call).getLogEntry,
		"GET /notifications":               (*call).listNotifications,
		"GET /services":                    (*call).listServices,
		"GET /services/{id}":               (*call).getService,
		"GET /escalation_policies":         (*call).listPolicies,
		"GET /escalation_policies/{id}":    (*call).getPolicy,
		"GET /users":                       (*call).listUsers,
		"GET /users/{id}":                  (*call).getUser,
		"GET /oncalls":                     (*call).listOnCalls,
		"GET /maintenance_windows":         (*call).listWindows,
		"GET /maintenance_windows/{id}":    (*call).getWindow,
		"POST /maintenance_windows":        (*call).postWindow,
		"PUT /maintenance_windows/{id}":    (*call).putWindow,
		"DELETE /maintenance_windows/{id}": (*call).deleteWindow,
		"/": func(c *call) (answer, error) {
			e := notFound()
			e.Errors = []string{"the inbox has no " + c.r.Method + " " + c.r.URL.Path}
			return answer{}, e
		},
	} {
		mux.HandleFunc(pattern, s.rest(do))
	}
	mux.HandleFunc("GET /{$}", s.getPage)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /list", s.getList)
	mux.HandleFunc("GET /events", s.getEvents)
	mux.HandleFunc("POST /login", s.postLogin)
	mux.HandleFunc("POST /page/{id}/{action}", s.postButton)
	return s.guard(mux)
}

// rest wraps a REST handler: token, rate limit, lock, JSON.
func (s *Server) rest(do func(*call) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if refused := s.mayRead(r); refused != nil {
			fail(w, refused)
			return
		}
		if !s.countCall(w) {
			fail(w, &apiError{status: 429, Code: 2020, Message: "Rate Limit Exceeded"})
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			fail(w, &apiError{status: 413, Code: 2001, Message: "Invalid Input Provided", Errors: []string{"cannot read the body: " + err.Error()}})
			return
		}
		query := r.URL.Query()
		a, err := s.locked(&call{s, r, query, body, newView(r, query)}, do)
		var refused *apiError
		switch {
		case errors.As(err, &refused):
			fail(w, refused)
		case err != nil:
			fail(w, &apiError{status: 500, Code: 2000, Message: "Internal Error", Errors: []string{err.Error()}})
		default:
			reply(w, a.status, a.body)
		}
	}
}

// locked runs a handler under the lock that its method needs.
func (s *Server) locked(c *call, do func(*call) (answer, error)) (answer, error) {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	return do(c)
}

// countCall counts a REST request and writes the rate limit's headers.
func (s *Server) countCall(w http.ResponseWriter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	ok := s.calls.allow(now, s.restLimit)
	w.Header().Set("ratelimit-limit", fmt.Sprint(s.restLimit))
	w.Header().Set("ratelimit-remaining", fmt.Sprint(s.restLimit-len(s.calls.times)))
	w.Header().Set("ratelimit-reset", fmt.Sprint(s.calls.reset(now)))
	return ok
}

// postEvent is the Events API.
func (s *Server) postEvent(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		reply(w, 413, &eventError{Status: "invalid event", Message: "Event object is invalid", Errors: []string{"the event is larger than 512 KB"}})
		return
	case err != nil:
		return // the sender is gone
	}
	e, refused := parseEvent(body)
	key := ""
	if refused == nil {
		s.mu.Lock()
		key, refused = s.enqueue(e)
		s.mu.Unlock()
	}
	if refused != nil {
		s.log.Info("event refused", "why", refused.Error(), "action", e.Action, "summary", e.Payload.Summary)
		reply(w, refused.code, refused)
		return
	}
	s.log.Info("event", "action", e.Action, "dedup_key", key, "summary", e.Payload.Summary)
	reply(w, http.StatusAccepted, map[string]string{"status": "success", "message": "Event processed", "dedup_key": key})
}

// fail answers with a refusal of the REST API.
func fail(w http.ResponseWriter, e *apiError) { reply(w, e.status, map[string]any{"error": e}) }

// reply answers with JSON; a nil body is none.
func reply(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if status != 0 {
		w.WriteHeader(status)
	}
	_, _ = w.Write(data) // the reader may be gone; nobody is left to tell
}

package inbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of the Events API.
const (
	maxBody    = 512 << 10 // bytes
	maxKey     = 255       // characters of a dedup key, and of a routing key here
	maxSummary = 1024      // characters
)

// The actions of an event, and the states they lead to.
const (
	actTrigger     = "trigger"
	actAcknowledge = "acknowledge"
	actResolve     = "resolve"

	triggered    = "triggered"
	acknowledged = "acknowledged"
	resolved     = "resolved"
)

// severities, worst first.
var severities = []string{"critical", "error", "warning", "info"}

// event is the body of POST /v2/enqueue.
type event struct {
	RoutingKey string  `json:"routing_key"`
	Action     string  `json:"event_action"`
	Key        string  `json:"dedup_key"`
	Payload    payload `json:"payload"`
	Client     string  `json:"client"`
	ClientURL  string  `json:"client_url"`
	Links      []link  `json:"links"`
	Images     []image `json:"images"`
}

type payload struct {
	Summary   string          `json:"summary"`
	Source    string          `json:"source"`
	Severity  string          `json:"severity"`
	Timestamp string          `json:"timestamp"`
	Component string          `json:"component"`
	Group     string          `json:"group"`
	Class     string          `json:"class"`
	Details   json.RawMessage `json:"custom_details"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type image struct {
	Src  string `json:"src"`
	Href string `json:"href"`
	Alt  string `json:"alt"`
}

// eventError is a refused event in the words of the Events API.
type eventError struct {
	code    int
	Status  string   `json:"status"`
	Message string   `json:"message"`
	Errors  []string `json:"errors,omitempty"`
}

func (e *eventError) Error() string { return e.Message + ": " + strings.Join(e.Errors, ", ") }

func invalid(faults ...string) *eventError {
	return &eventError{400, "invalid event", "Event object is invalid", faults}
}

// parseEvent reads a body and checks every rule, and says all that is wrong with it at once.
func parseEvent(body []byte) (event, *eventError) {
	var e event
	err := json.Unmarshal(body, &e)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return e, invalid(fmt.Sprintf("'%s' cannot be a %s", wrong.Field, wrong.Value))
	case err != nil:
		return e, &eventError{400, "Unrecognized object", "Event object format is unrecognized", []string{"JSON parse error"}}
	}
	if faults := e.faults(); len(faults) > 0 {
		return e, invalid(faults...)
	}
	return e, nil
}

func (e event) faults() []string {
	var f faults
	f.required("routing_key", e.RoutingKey)
	f.bounded("routing_key", e.RoutingKey, maxKey)
	f.required("event_action", e.Action)
	if e.Action != "" && !slices.Contains([]string{actTrigger, actAcknowledge, actResolve}, e.Action) {
		f.add("'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')")
	}
	f.bounded("dedup_key", e.Key, maxKey)
	if e.Action != actTrigger {
		f.required("dedup_key", e.Key)
		return f
	}
	p := e.Payload
	f.required("payload.summary", p.Summary)
	f.bounded("payload.summary", p.Summary, maxSummary)
	f.required("payload.source", p.Source)
	f.required("payload.severity", p.Severity)
	if p.Severity != "" && !slices.Contains(severities, p.Severity) {
		f.add("'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')")
	}
	for i, l := range e.Links {
		f.required(fmt.Sprintf("links[%d].href", i), l.Href)
	}
	for i, m := range e.Images {
		f.required(fmt.Sprintf("images[%d].src", i), m.Src)
	}
	return f
}

// faults are the rules an event breaks.
type faults []string

func (f *faults) add(text string) { *f = append(*f, text) }

func (f *faults) required(field, value string) {
	if strings.TrimSpace(value) == "" {
		f.add("'" + field + "' is missing or blank")
	}
}

func (f *faults) bounded(field, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		f.add(fmt.Sprintf("'%s' is too long (maximum is %d characters)", field, most))
	}
}

// urgency is how loud an event of this severity is on the service.
func (s *service) urgencyOf(severity string) string {
	switch {
	case s.urgency != SeverityBased:
		return s.urgency
	case severity == "critical" || severity == "error":
		return High
	}
	return Low
}

// contexts are the links and images of an event as alerts and log entries show them.
func (e event) contexts() []contextView {
	all := []contextView{}
	for _, l := range e.Links {
		all = append(all, contextView{Type: "link", Href: l.Href, Text: l.Text})
	}
	for _, m := range e.Images {
		all = append(all, contextView{Type: "image", Src: m.Src, Href: m.Href, Text: m.Alt})
	}
	return all
}

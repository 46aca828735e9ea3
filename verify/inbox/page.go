package inbox

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

//go:embed page.html
var pageText string

func parsePage() (*template.Template, error) {
	t, err := template.New("inbox").Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("the page of the inbox: %w", err)
	}
	return t, nil
}

// What the page shows at most; the counts above the lists tell the rest.
const (
	shownOpen     = 200
	shownResolved = 100
)

// pageData is what the page is made of.
type pageData struct {
	Nonce  string
	Locked bool // a token is needed, and has not been given
	List   listData
}

type listData struct {
	Chosen                   *card // by ?incident=, which is where the REST API's html_url leads
	Open, Resolved           []card
	OpenCount, ResolvedCount int
}

// card is one incident on the page.
type card struct {
	ID, Title, Service, Status, Urgency, Key, Client, Link string
	Number, Repeats                                        int
	Opened, Acknowledged, Resolved                         string
	Notified                                               []string
	Details                                                []detail // of the event that opened it
}

// detail is one thing that an event tells besides its summary.
type detail struct{ Name, Text string }

func (s *Server) getPage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("token") && s.signIn(w, r) {
		return
	}
	data := pageData{Nonce: rand.Text(), Locked: !s.maySee(r)}
	if !data.Locked {
		data.List = s.list(r.URL.Query().Get("incident"))
	}
	w.Header().Set("Content-Security-Policy", fmt.Sprintf(
		"default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		data.Nonce, data.Nonce))
	w.Header().Set("Referrer-Policy", "no-referrer")
	if data.Locked {
		s.show(w, http.StatusUnauthorized, "page", data)
		return
	}
	s.show(w, http.StatusOK, "page", data)
}

// getList answers with the lists alone, for the page to put in place.
func (s *Server) getList(w http.ResponseWriter, r *http.Request) {
	if !s.maySee(r) {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	s.show(w, http.StatusOK, "list", s.list(r.URL.Query().Get("incident")))
}

// show answers with a template, whole or not at all.
func (s *Server) show(w http.ResponseWriter, code int, name string, data any) {
	var body bytes.Buffer
	if err := s.page.ExecuteTemplate(&body, name, data); err != nil {
		s.log.Error("the page cannot be shown", "error", err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(body.Bytes()) // the reader may have gone
}

// list lays out the incidents, newest first, and once more the chosen one, if there is such an incident.
func (s *Server) list(chosen string) listData {
	s.mu.RLock()
	defer s.mu.RUnlock()
	data := listData{OpenCount: s.store.openCount, ResolvedCount: len(s.store.all) - s.store.openCount}
	if inc := s.store.byID[chosen]; inc != nil {
		data.Chosen = new(cardOf(inc))
	}
	for i := len(s.store.all) - 1; i >= 0; i-- {
		inc := s.store.all[i]
		switch {
		case inc.status == resolved && len(data.Resolved) < shownResolved:
			data.Resolved = append(data.Resolved, cardOf(inc))
		case inc.status != resolved && len(data.Open) < shownOpen:
			data.Open = append(data.Open, cardOf(inc))
		}
	}
	return data
}

func cardOf(inc *incident) card {
	c := card{
		ID: inc.id, Number: inc.number, Title: inc.event.Payload.Summary, Service: inc.service.name, Status: inc.status,
		Urgency: inc.urgency, Key: inc.key, Client: inc.event.Client, Repeats: inc.repeats, Opened: clock(inc.created),
		Acknowledged: byWhom(inc.ackedAt, inc.ackedBy), Link: webLink(inc.event.ClientURL),
	}
	if inc.status == resolved {
		c.Resolved = byWhom(inc.resolved, inc.changedBy)
	}
	for _, e := range inc.notified() {
		c.Notified = append(c.Notified, fmt.Sprintf("%s by %s at %s", e.user.name, e.channel.notification.kind, clock(e.at)))
	}
	if c.Link != "" && c.Client == "" {
		c.Client = c.Link
	}
	c.Details = detailsOf(inc.event.Payload)
	return c
}

// detailsOf are the fields of an event that are set, and its custom details where they are an object.
func detailsOf(p payload) []detail {
	all := []detail{
		{"severity", p.Severity}, {"source", p.Source}, {"component", p.Component}, {"group", p.Group}, {"class", p.Class},
	}
	var custom map[string]any
	if json.Unmarshal(p.Details, &custom) == nil {
		for _, name := range slices.Sorted(maps.Keys(custom)) {
			text, plain := custom[name].(string)
			if !plain {
				raw, _ := json.Marshal(custom[name]) // it has just been JSON
				text = string(raw)
			}
			all = append(all, detail{name, text})
		}
	}
	return slices.DeleteFunc(all, func(d detail) bool { return d.Text == "" })
}

func clock(t time.Time) string { return t.UTC().Format("2 Jan 15:04:05 MST") }

func byWhom(at time.Time, who agent) string {
	if at.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s by %s", clock(at), who.name)
}

// webLink lets only links to web pages through.
func webLink(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return text
}

// heartbeat keeps the event stream open through proxies, and finds out that a reader has gone.
const heartbeat = 15 * time.Second

// endless lifts the server's time limits, which are meant for short answers, from this one. A writer without limits,
// or without a connection, needs nothing lifted.
func endless(out *http.ResponseController) {
	_ = out.SetReadDeadline(time.Time{})
	_ = out.SetWriteDeadline(time.Now().Add(2 * heartbeat))
}

// getEvents tells the page of every change, as server-sent events.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) {
	if !s.maySee(r) {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		s.mu.RLock()
		version, changed := s.hub.version, s.hub.changed
		s.mu.RUnlock()
		endless(out)
		if _, err := fmt.Fprintf(w, "id: %d\ndata: changed\n\n", version); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		case <-changed:
		case <-beat.C:
		}
	}
}

func (s *Server) postLogin(w http.ResponseWriter, r *http.Request) {
	if !s.signIn(w, r) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// postButton is a person pressing a button on the page.
func (s *Server) postButton(w http.ResponseWriter, r *http.Request) {
	if !s.maySee(r) {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	status, ok := map[string]string{"acknowledge": acknowledged, "resolve": resolved}[r.PathValue("action")]
	s.mu.Lock()
	inc := s.store.byID[r.PathValue("id")]
	if ok && inc != nil {
		s.change(inc, status, s.world.users[0])
	}
	s.mu.Unlock()
	if !ok || inc == nil {
		http.NotFound(w, r)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

package inbox

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestHostileTextIsEscaped(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	send(t, s, trigger("routing_key", evil, "dedup_key", evil, "payload.summary", evil, "client", evil, "client_url", `https://x.example/"onclick="alert(3)`))
	for _, path := range []string{"/", "/list"} {
		page := text(t, do(s, "GET", path, ""), 200)
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") || strings.Contains(page, `"onclick`) {
			t.Errorf("%s: not escaped: %s", path, page)
		}
		if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("%s: the title is not there", path)
		}
	}
}

func TestOnlyWebLinksAreLinked(t *testing.T) {
	for url, linked := range map[string]bool{
		"https://prober.example/1": true, "http://vm:19093/#/alerts?receiver=all": true,
		"javascript:alert(1)": false, "JavaScript://x.example/%0aalert(1)": false, "data:text/html,x": false, "//x.example": false, "https:": false, "": false,
	} {
		s := mustNew(t, DefaultConfig(), Env{})
		send(t, s, trigger("client", "prober", "client_url", url))
		page := text(t, do(s, "GET", "/list", ""), 200)
		if got := strings.Contains(page, "<a "); got != linked {
			t.Errorf("%q: linked %v, want %v", url, got, linked)
		}
		if !strings.Contains(page, "prober") {
			t.Errorf("%q: the client is not shown", url)
		}
	}
}

var nonceInPolicy = regexp.MustCompile(`script-src 'nonce-([A-Z2-7]+)'`)

func TestContentSecurityPolicy(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	seen := map[string]bool{}
	for range 2 {
		res := do(s, "GET", "/", "")
		page, policy := text(t, res, 200), res.Header.Get("Content-Security-Policy")
		nonce := nonceInPolicy.FindStringSubmatch(policy)
		if nonce == nil || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Fatalf("policy %q", policy)
		}
		for _, tag := range []string{"<style", "<script"} {
			if strings.Count(page, tag) != 1 || !strings.Contains(page, tag+` nonce="`+nonce[1]+`"`) {
				t.Errorf("%s does not carry the nonce", tag)
			}
		}
		seen[nonce[1]] = true
		wantHeaders(t, res, "X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "Cache-Control", "no-store")
	}
	if len(seen) != 2 {
		t.Error("the nonce is the same twice")
	}
}

func TestButtons(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	send(t, s, trigger())
	id := onlyIncident(t, s).ID
	for _, step := range []struct{ action, status string }{{"acknowledge", acknowledged}, {"resolve", resolved}} {
		button := `action="/page/` + id + `/` + step.action + `"`
		if page := text(t, do(s, "GET", "/", ""), 200); !strings.Contains(page, button) {
			t.Errorf("no button %s", step.action)
		}
		res := do(s, "POST", "/page/"+id+"/"+step.action, "")
		text(t, res, 303)
		wantHeaders(t, res, "Location", "/")
		if in := onlyIncident(t, s); in.Status != step.status {
			t.Errorf("after %s: %+v", step.action, in)
		}
		if page := text(t, do(s, "GET", "/list", ""), 200); strings.Contains(page, button) {
			t.Errorf("the button %s is still there", step.action)
		}
	}
	text(t, do(s, "POST", "/page/"+id+"/explode", ""), 404)
	text(t, do(s, "POST", "/page/PNONE/resolve", ""), 404)
	restRefusal(t, do(s, "GET", "/page/"+id+"/resolve", ""), 404)
}

func TestEventsTellOfEveryChange(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	web := httptest.NewServer(s)
	defer web.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", web.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	wantHeaders(t, res, "Content-Type", "text/event-stream")
	lines := bufio.NewScanner(res.Body)
	first := nextID(t, lines)
	for _, body := range []string{trigger(), act("acknowledge", "k1"), act("resolve", "k1")} {
		send(t, s, body)
		if next := nextID(t, lines); next == first {
			t.Errorf("%s: told of %q again", body, next)
		} else {
			first = next
		}
	}
	s.Close()
	for lines.Scan() { // ends with the stream, or fails with the context
	}
	if err := lines.Err(); err != nil {
		t.Errorf("Close did not end the stream: %v", err)
	}
}

// nextID is the id of the next message, which must have data.
func nextID(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	id := ""
	for lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = after
		}
		if strings.HasPrefix(lines.Text(), "data: ") {
			return id
		}
	}
	t.Fatalf("the stream ended: %v", lines.Err())
	return ""
}

func TestLockedPage(t *testing.T) {
	s, token := lockedInbox(t)
	send(t, s, trigger())
	id := s.store.all[0].id
	page := text(t, do(s, "GET", "/", ""), 401)
	if strings.Contains(page, "checkout is down") || !strings.Contains(page, `type="password"`) {
		t.Errorf("the locked page: %s", page)
	}
	for _, path := range []string{"/list", "/events"} {
		text(t, do(s, "GET", path, ""), 401)
	}
	text(t, do(s, "POST", "/page/"+id+"/resolve", ""), 401)
	text(t, do(s, "GET", "/?token=wrong", ""), 401)
	text(t, do(s, "GET", "/", "", "Cookie", cookieName+"=forged"), 401)
	if s.store.all[0].status != triggered {
		t.Error("the button works without the token")
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	wrong := do(s, "POST", "/login", "token=wrong", form...)
	if len(wrong.Cookies()) != 0 {
		t.Errorf("a wrong token is given a cookie: %v", wrong.Cookies())
	}
	for _, res := range []*http.Response{do(s, "GET", "/?token="+token, ""), do(s, "POST", "/login", "token="+token, form...)} {
		text(t, res, 303)
		wantHeaders(t, res, "Location", "/")
		cookies := res.Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || strings.Contains(cookies[0].Value, token) {
			t.Fatalf("cookies %v", cookies)
		}
		page := text(t, do(s, "GET", "/", "", "Cookie", cookies[0].String()), 200)
		if !strings.Contains(page, "checkout is down") {
			t.Errorf("the page after sign-in: %s", page)
		}
		text(t, do(s, "GET", "/list", "", "Cookie", cookies[0].String()), 200)
	}
}

func TestLinkOfAnIncidentShowsIt(t *testing.T) {
	s := mustNew(t, DefaultConfig(), Env{})
	for i := range shownOpen + 1 {
		send(t, s, trigger("routing_key", fmt.Sprint("service ", i%3), "dedup_key", fmt.Sprint("key ", i), "payload.summary", fmt.Sprint("title ", i, ".")))
	}
	oldest := incidents(t, s, "?limit=1")[0]
	if page := text(t, do(s, "GET", "/", ""), 200); strings.Contains(page, oldest.ID) || !strings.Contains(page, "the newest 200 are shown") {
		t.Error("without the link, the oldest of many is shown, or it is not said that there are more")
	}
	link := into[struct {
		Incident struct {
			URL string `json:"html_url"`
		}
	}](t, do(s, "GET", "/incidents/"+oldest.ID, "")).Incident.URL
	path := strings.TrimPrefix(link, "http://127.0.0.1:9911")
	if page := text(t, do(s, "GET", path, ""), 200); !strings.Contains(page, "title 0.") {
		t.Errorf("%s does not show its incident", link)
	}
	text(t, do(s, "GET", "/?incident=PNONE", ""), 200)
}

package inbox

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// cookieName holds the session of the page, where there is a token.
const cookieName = "friday_inbox"

// guard keeps web pages of other origins away: from reading through a name that was rebound to loopback, and from
// pressing buttons. Programs send no Origin and are not held up.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, &apiError{status: 403, Code: 2010, Message: "Access Denied", Errors: []string{"the request comes from a page of another origin"}})
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if s.token.IsZero() && !loopbackHost(r.Host) {
			fail(w, &apiError{status: 403, Code: 2010, Message: "Access Denied", Errors: []string{"without a token the inbox answers to localhost and loopback addresses only, not to " + r.Host}})
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// loopbackHost reports whether a Host header names this machine in a way that no foreign name server can.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// mayRead checks the token of a REST request: Authorization: Token token=X, or Bearer X.
func (s *Server) mayRead(r *http.Request) *apiError {
	if s.token.IsZero() || s.isToken(sentToken(r)) {
		return nil
	}
	return &apiError{status: 401, Code: 2006, Message: "Authentication failed", Errors: []string{"send Authorization: Token token=… with the token of this inbox"}}
}

// sentToken is the token of the Authorization header, empty if there is none.
func sentToken(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer":
		return rest
	case "token":
		return strings.Trim(strings.TrimPrefix(rest, "token="), `"`)
	}
	return ""
}

func (s *Server) isToken(sent string) bool {
	return subtle.ConstantTimeCompare([]byte(sent), []byte(s.token.Reveal())) == 1
}

// maySee checks the cookie of the page.
func (s *Server) maySee(r *http.Request) bool {
	if s.token.IsZero() {
		return true
	}
	c, err := r.Cookie(cookieName)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(s.session)) == 1
}

// signIn takes the token of the form, or of ?token=, and answers with the cookie. It reports whether it did.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) bool {
	if s.token.IsZero() || !s.isToken(r.FormValue("token")) {
		return false
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return true
}

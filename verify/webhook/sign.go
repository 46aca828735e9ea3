package webhook

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what some senders sign with
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
)

// same compares in a time that does not tell where two texts differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// knownByHeader checks what stands in the headers alone: a token, a password, a shared secret. Where nothing of that is
// asked for, everybody passes.
func (s *Source) knownByHeader(h http.Header) bool {
	sig := s.params.Signature
	switch {
	case s.secret.IsZero(), s.params.Format == pagerduty, sig.Hash != "":
		return true
	case s.params.Format == plainJSON:
		value, ok := strings.CutPrefix(h.Get(cmp.Or(sig.Header, "Authorization")), sig.Prefix)
		return ok && same(value, s.secret.Reveal())
	case s.params.User != "":
		r := http.Request{Header: h}
		user, password, ok := r.BasicAuth()
		rightUser, rightPassword := same(user, s.params.User), same(password, s.secret.Reveal())
		return ok && rightUser && rightPassword
	}
	kind, token, ok := strings.Cut(h.Get("Authorization"), " ")
	return ok && strings.EqualFold(kind, "Bearer") && same(token, s.secret.Reveal())
}

// mostSignatures bounds how many of one message are looked at: while a secret is replaced, there are two.
const mostSignatures = 10

// signed checks the signature of the body, as it came.
func (s *Source) signed(h http.Header, body []byte) bool {
	sig := s.params.Signature
	switch {
	case s.params.Format == pagerduty:
		right := hex.EncodeToString(s.mac(sha256.New, body))
		found := false
		for i, one := range strings.Split(h.Get("X-PagerDuty-Signature"), ",") {
			value, ok := strings.CutPrefix(strings.TrimSpace(one), "v1=")
			found = i < mostSignatures && ok && same(value, right) || found
		}
		return found
	case sig.Hash == "" || s.secret.IsZero():
		return true
	}
	made := sha256.New
	if sig.Hash == "sha1" {
		made = sha1.New
	}
	right := hex.EncodeToString(s.mac(made, body))
	value, ok := strings.CutPrefix(h.Get(sig.Header), sig.Prefix)
	if sig.Encoding == "base64" {
		right = base64.StdEncoding.EncodeToString(s.mac(made, body))
	} else {
		value = strings.ToLower(value)
	}
	return ok && same(value, right)
}

func (s *Source) mac(made func() hash.Hash, body []byte) []byte {
	m := hmac.New(made, []byte(s.secret.Reveal()))
	m.Write(body)
	return m.Sum(nil)
}

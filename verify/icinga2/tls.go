package icinga2

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/failurefriday/friday/internal/httpapi"
)

// transport trusts the certificates that were named, or the one that was pinned.
func (p *Params) transport(given http.RoundTripper) (http.RoundTripper, error) {
	if p.CA == "" && p.ServerName == "" && p.Fingerprint == "" {
		return given, nil
	}
	config := &tls.Config{ServerName: p.ServerName}
	if p.Fingerprint != "" {
		want, err := fingerprint(p.Fingerprint)
		if err != nil {
			return nil, fmt.Errorf("fingerprint: %w", err)
		}
		config.InsecureSkipVerify = true // the chain and the name do not matter: VerifyConnection compares the certificate itself
		config.VerifyConnection = func(s tls.ConnectionState) error { return pinned(s, want) }
	}
	return httpapi.Trusting(given, p.CA, config)
}

func pinned(s tls.ConnectionState, want [sha256.Size]byte) error {
	got := sha256.Sum256(s.PeerCertificates[0].Raw)
	if got != want {
		return fmt.Errorf("the certificate of the server has the SHA-256 %x, and %x is pinned", got, want)
	}
	return nil
}

// fingerprint reads a SHA-256 in hex, with or without colons.
func fingerprint(text string) (sum [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(raw) != len(sum) {
		return sum, errors.New("want 64 hexadecimal digits, the SHA-256 of the certificate")
	}
	return [sha256.Size]byte(raw), nil
}

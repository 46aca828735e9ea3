package probes

import (
	"strings"
	"testing"
)

func TestTCPConnects(t *testing.T) {
	t.Parallel()
	if pulse := look(t, &TCP{Address: listen(t).Addr().String()}, plenty); !pulse.OK || !strings.HasPrefix(pulse.Detail, "connected in ") {
		t.Errorf("got %v %q, want green", pulse.OK, pulse.Detail)
	}
	if pulse := look(t, &TCP{Address: nobody(t)}, plenty); pulse.OK || pulse.Detail != "connection refused" {
		t.Errorf("got %v %q, want connection refused", pulse.OK, pulse.Detail)
	}
}

func TestTCPValidates(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:5432": true, "db.example:5432": true,
		"": false, "db.example": false, ":80": false, "db:": false, "db:0": false, "db:65536": false, "db:http": false, "::1:80": false,
	} {
		if faults := (&TCP{Address: address}).Validate(); good != (len(faults) == 0) {
			t.Errorf("%q: faults %v", address, faults)
		}
	}
}

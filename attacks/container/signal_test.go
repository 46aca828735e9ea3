package container

import (
	"strings"
	"testing"
)

func TestSignals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Signal{"KILL": "KILL", "sigterm": "TERM", "9": "KILL", "15": "TERM", "RTMIN+3": "RTMIN+3", "SIGRTMAX-1": "RTMAX-1", "37": "37", "usr1": "USR1", "64": "64"} {
		var s Signal
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: got %q, %v, want %q", text, s, err, want)
		}
	}
	for text, says := range map[string]string{
		"": "is no signal", "0": "is no signal", "65": "is no signal", "-9": "is no signal", "BOO": "is no signal", "RTMIN+16": "is no signal",
		"STOP": "ends no process", "CONT": "ends no process", "SIGWINCH": "ends no process",
	} {
		var s Signal
		if err := s.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), says) || s != "" {
			t.Errorf("%q: got %q, %v, want %q", text, s, err, says)
		}
	}
	for name, want := range map[string]int{"KILL": 9, "TERM": 15, "RTMIN": 34, "RTMIN+3": 37, "RTMAX": 64, "RTMAX-1": 63, "40": 40, "BOO": 0} {
		if got := number(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
}

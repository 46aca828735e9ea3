package process

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

func TestSignalNames(t *testing.T) {
	for text, want := range map[string]syscall.Signal{
		"KILL": syscall.SIGKILL, "SIGKILL": syscall.SIGKILL, "term": syscall.SIGTERM, "9": syscall.SIGKILL, "1": syscall.SIGHUP,
		"USR1": syscall.SIGUSR1, "34": syscall.Signal(34), "64": syscall.Signal(64),
	} {
		var s Signal
		if err := s.UnmarshalText([]byte(text)); err != nil || syscall.Signal(s) != want {
			t.Errorf("%s: got %d, %v, want %d", text, s, err, want)
		}
		data, err := json.Marshal(s)
		var back Signal
		if err != nil || json.Unmarshal(data, &back) != nil || back != s {
			t.Errorf("%s: %s became %v, %v", text, data, back, err)
		}
	}
}

func TestSignalRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"": "no signal", "0": "no signal", "65": "no signal", "-9": "no signal", "DIE": "no signal", "SIGSIGKILL": "no signal",
		"STOP": "process.pause", "SIGCONT": "process.pause", "TSTP": "process.pause", "TTIN": "process.pause",
	} {
		var s Signal
		if err := s.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), says) || s != 0 {
			t.Errorf("%q: got %d, %v, want an error with %q", text, s, err, says)
		}
	}
}

func TestCannotUndo(t *testing.T) {
	for _, test := range []struct {
		name string
		kill *Kill
		can  bool
	}{
		{"nobody brings it back", &Kill{Signal: 9}, false},
		{"TERM ends as well", &Kill{Signal: 15}, false},
		{"a supervisor", &Kill{Signal: 9, Revive: Revive{Supervisor: true}}, true},
		{"a command", &Kill{Signal: 9, Revive: Revive{Command: []string{"a"}}}, true},
		{"sustained", &Kill{Signal: 9, Again: true}, true},
		{"a signal that ends nobody", &Kill{Signal: Signal(syscall.SIGWINCH)}, true},
	} {
		if why := test.kill.CannotUndo(); (why == "") != test.can {
			t.Errorf("%s: got %q", test.name, why)
		}
	}
}

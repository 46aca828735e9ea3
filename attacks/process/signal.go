package process

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// Signal is a signal by name, with or without SIG, or by number.
type Signal syscall.Signal

// signals are those with names that mean the same everywhere.
var signals = map[string]syscall.Signal{
	"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "ILL": syscall.SIGILL, "TRAP": syscall.SIGTRAP,
	"ABRT": syscall.SIGABRT, "BUS": syscall.SIGBUS, "FPE": syscall.SIGFPE, "KILL": syscall.SIGKILL, "USR1": syscall.SIGUSR1,
	"SEGV": syscall.SIGSEGV, "USR2": syscall.SIGUSR2, "PIPE": syscall.SIGPIPE, "ALRM": syscall.SIGALRM, "TERM": syscall.SIGTERM,
	"CHLD": syscall.SIGCHLD, "CONT": syscall.SIGCONT, "STOP": syscall.SIGSTOP, "TSTP": syscall.SIGTSTP, "TTIN": syscall.SIGTTIN,
	"TTOU": syscall.SIGTTOU, "URG": syscall.SIGURG, "XCPU": syscall.SIGXCPU, "XFSZ": syscall.SIGXFSZ, "VTALRM": syscall.SIGVTALRM,
	"PROF": syscall.SIGPROF, "WINCH": syscall.SIGWINCH, "IO": syscall.SIGIO, "SYS": syscall.SIGSYS,
}

// lastSignal is the highest number that Linux knows.
const lastSignal = 64

// UnmarshalText reads KILL, SIGKILL or 9. A signal that stops a process instead of ending it is refused.
func (s *Signal) UnmarshalText(text []byte) error {
	word := strings.ToUpper(string(text))
	sig, ok := signals[strings.TrimPrefix(word, "SIG")]
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= lastSignal {
		sig, ok = syscall.Signal(n), true
	}
	if !ok {
		return fmt.Errorf("%q is no signal: want a name such as KILL or TERM, or a number from 1 to %d", text, lastSignal)
	}
	switch sig {
	case syscall.SIGSTOP, syscall.SIGCONT, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		return fmt.Errorf("%s stops a process or lets it go on: use process.pause, which can undo that", Signal(sig))
	default:
		*s = Signal(sig)
		return nil
	}
}

// MarshalText writes the name, else the number.
func (s Signal) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the name, else the number.
func (s Signal) String() string {
	for name, sig := range signals {
		if sig == syscall.Signal(s) {
			return name
		}
	}
	return strconv.Itoa(int(s))
}

// harmless reports whether a process that does not care about the signal lives on.
func (s Signal) harmless() bool {
	switch syscall.Signal(s) {
	case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGWINCH:
		return true
	default:
		return false
	}
}

package container

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Signal is a signal as the engine takes it: KILL, RTMIN+3, 9.
type Signal string

var realtime = regexp.MustCompile(`^RT(MIN(\+([0-9]|1[0-5]))?|MAX(-([0-9]|1[0-4]))?)$`)

// lasting are signals that end nobody: some stop a process, which container.pause can undo, and the others are nothing to
// a process that does not care.
var lasting = []string{"STOP", "CONT", "TSTP", "TTIN", "TTOU", "CHLD", "URG", "WINCH"}

// UnmarshalText reads KILL, SIGKILL, RTMIN+3 or 9. A signal that ends nobody is refused.
func (s *Signal) UnmarshalText(text []byte) error {
	word := strings.TrimPrefix(strings.ToUpper(string(text)), "SIG")
	n, err := strconv.Atoi(word)
	if err == nil && n >= 1 && n < lastSignal {
		if name := strings.TrimPrefix(unix.SignalName(unix.Signal(n)), "SIG"); name != "" {
			word = name
		}
	} else if number(word) == 0 {
		return fmt.Errorf("%q is no signal: want a name such as KILL or TERM, or a number from 1 to %d", text, lastSignal)
	}
	if slices.Contains(lasting, word) {
		return fmt.Errorf("%s ends no process: use a signal such as KILL or TERM, or container.pause to make it hang", word)
	}
	*s = Signal(word)
	return nil
}

// Real-time signals, as the engine and the C library count them.
const (
	firstRealtime = 34
	lastSignal    = 64
)

// number is the number of a signal; 0 if there is none of that name.
func number(name string) int {
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= lastSignal {
		return n
	}
	if realtime.MatchString(name) {
		base := firstRealtime
		if strings.HasPrefix(name, "RTMAX") {
			base = lastSignal
		}
		offset, _ := strconv.Atoi(name[len("RTMIN"):]) // none is no offset
		return base + offset
	}
	return int(unix.SignalNum("SIG" + name))
}

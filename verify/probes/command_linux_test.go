package probes

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
)

func sh(script string) []string { return []string{"/bin/sh", "-c", script} }

func TestCommandTellsGreenFromRed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		p      Command
		ok     bool
		detail string // prefix
	}{
		{"exit 0", Command{Run: []string{"true"}}, true, "exit 0 in "},
		{"exit 3 as asked", Command{Run: sh("exit 3"), Exit: 3}, true, "exit 3 in "},
		{"exit 1", Command{Run: sh("echo down >&2; exit 1")}, false, `exit 1, not 0: "down"`},
		{"exit 1, no word", Command{Run: []string{"false"}}, false, "exit 1, not 0"},
		{"no shell", Command{Run: []string{"echo", "$HOME;", "exit"}, Output: match.Must("$HOME; exit")}, true, "exit 0 in "},
		{"output of both", Command{Run: sh("echo a; echo b >&2"), Output: match.Must("a\nb")}, true, "exit 0 in "},
		{"other output", Command{Run: sh("echo no; echo more"), Output: match.Must("yes")}, false, `exit 0, but the output does not match yes: "no"`},
		{"signal", Command{Run: sh("kill -9 $$")}, false, "ended by signal: killed"},
		{"long output", Command{Run: sh("head -c 5000000 /dev/zero; echo; exit 2")}, false, "exit 2, not 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pulse := look(t, &test.p, plenty)
			if pulse.OK != test.ok || !strings.HasPrefix(pulse.Detail, test.detail) {
				t.Errorf("got %v %q, want %v %q", pulse.OK, pulse.Detail, test.ok, test.detail)
			}
		})
	}
}

func TestCommandThatCannotRunIsNotRed(t *testing.T) {
	t.Parallel()
	for _, run := range [][]string{nil, {""}, {"no-such-program-here"}, {"/"}} {
		if pulse, err := (&Command{Run: run}).Check(t.Context()); err == nil {
			t.Errorf("%q: got %+v, want an error", run, pulse)
		}
	}
}

// Whether its time is up or it ends by itself, a command leaves none of its children behind.
func TestCommandLeavesNoChild(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, then string
		limit      time.Duration
		ok         bool
		detail     string
	}{
		{"time is up", "wait", 300 * time.Millisecond, false, "no end of /bin/sh within 300ms"},
		{"ends by itself", "exit 0", plenty, true, "exit 0 in "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			p := &Command{Run: sh("sleep 600 & echo $! > " + file + "; " + test.then)}
			pulse := look(t, p, test.limit)
			if pulse.OK != test.ok || !strings.HasPrefix(pulse.Detail, test.detail) {
				t.Errorf("got %v %q, want %v %q", pulse.OK, pulse.Detail, test.ok, test.detail)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the child is dead", func() bool { return !running(pid) })
		})
	}
}

func TestCommandValidates(t *testing.T) {
	t.Parallel()
	if faults := (&Command{Run: []string{"true"}, Exit: 255}).Validate(); len(faults) > 0 {
		t.Errorf("faults %v in a good one", faults)
	}
	if faults := (&Command{Exit: 256}).Validate(); len(faults) != 2 {
		t.Errorf("faults %v, want one for run and one for exit", faults)
	}
}

// running reports whether the process exists and is no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

// eventually polls until done is true, and fails the test if that takes longer than any sound machine needs.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(plenty); !done(); <-tick.C {
		if time.Now().After(limit) {
			t.Fatalf("not so within %s: %s", plenty, what)
		}
	}
}

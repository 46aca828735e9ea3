package attacktest

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

// Victim is a program that does nothing, under a name that no other program has, and a process that runs it.
type Victim struct {
	Name    string
	Command []string // starts another one like it
	PID     int
}

// lifetime bounds in seconds how long a victim can outlive a test that was killed.
const lifetime = "600"

// NewVictim starts a victim. It ends with the test, and so does everybody else of its name. Nobody collects it before:
// when it is killed it stays a zombie.
func NewVictim(t testing.TB) *Victim {
	t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	name := "v" + strings.ToLower(rand.Text()[:12]) // the kernel keeps 15 characters
	program := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(sleep, program); err != nil {
		t.Fatal(err)
	}
	v := &Victim{Name: name, Command: []string{program, lifetime}}
	t.Cleanup(func() {
		for _, p := range v.Live(t) {
			_ = p.Signal(syscall.SIGKILL) // gone already: fine
		}
	})
	v.PID = v.Another(t)
	return v
}

// Another starts another process of the same name and returns its pid.
func (v *Victim) Another(t testing.TB) int {
	t.Helper()
	cmd := exec.Command(v.Command[0], v.Command[1:]...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, of course
	})
	return cmd.Process.Pid
}

// Match selects the victims of this name.
func (v *Victim) Match() proc.Match { return proc.Match{Name: match.Must(v.Name)} }

// Live are the live processes of this name.
func (v *Victim) Live(t testing.TB) []proc.Info {
	t.Helper()
	found, err := proc.Find(v.Match())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// End kills the first process and returns once it is dead. It may be called for a dead one.
func (v *Victim) End(t testing.TB) {
	t.Helper()
	if err := syscall.Kill(v.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	Eventually(t, v.Name+" is dead", func() bool { return strings.HasPrefix(v.State(), "dead") })
}

// State is the state of the first process, in words, and when it started.
func (v *Victim) State() string { return StateOf(v.PID) }

// StateOf is the state of a process in words, running, stopped or dead, and when it started.
func StateOf(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "dead and collected"
	}
	const state, start = 0, 19
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	words := map[string]string{"T": "stopped", "Z": "dead", "X": "dead"}
	word, ok := words[fields[state]]
	if !ok {
		word = "running"
	}
	return word + " since tick " + fields[start]
}

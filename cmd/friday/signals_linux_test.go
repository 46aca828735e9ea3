package main

import (
	"bytes"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// TestSignals: Ctrl-C, SIGTERM and SIGHUP revert, report and exit with 130.
func TestSignals(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"ctrl-c": syscall.SIGINT, "term": syscall.SIGTERM, "hup": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			v := l.victim("sig-" + name)
			cmd, out := l.start("run", "--yes", "--plain", l.freeze("1m", "sig-"+name))
			eventually(t, "the victim is stopped", func() bool { return stateOf(v.Process.Pid) == "stopped" })
			signalTo(t, cmd, sig)
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s", got, exitInterrupted, out)
			}
			if got := stateOf(v.Process.Pid); got != "running" {
				t.Errorf("the victim is %s", got)
			}
			if code, list := l.run("recover", "--list"); code != 0 {
				t.Errorf("something is owed: %s", list)
			}
			if !strings.Contains(out.String(), "interrupted") {
				t.Errorf("the report does not say that it was interrupted:\n%s", out)
			}
		})
	}
}

// TestSecondInterrupt: the second Ctrl-C ends the runner at once, and the guard reverts. Recovery hangs here because the
// steady state cannot come back while the neighbour is stopped.
func TestSecondInterrupt(t *testing.T) {
	l := newLab(t)
	v := l.victim("twice-a")
	neighbour := l.victim("twice-b")
	scenario := l.write("twice.yaml", `name: twice
recover_within: 1m
steady:
  - name: neighbour runs
    every: 20ms
    process: {name: twice-b}
steps:
  - name: freeze
    attacks:
      - process.pause: {match: {name: twice-a}}
    hold: 1m
    expect:
      - fires: {service: nobody}
        within: 30s
`)
	cmd, out := l.start("run", "--yes", "--plain", scenario)
	eventually(t, "the victim is stopped", func() bool { return stateOf(v.Process.Pid) == "stopped" })
	if err := neighbour.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the neighbour is stopped", func() bool { return stateOf(neighbour.Process.Pid) == "stopped" })
	signalTo(t, cmd, syscall.SIGINT)
	eventually(t, "the victim runs again", func() bool { return stateOf(v.Process.Pid) == "running" })
	signalTo(t, cmd, syscall.SIGINT)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != exitInterrupted && got != exitUnrestored {
		t.Errorf("exit code %d\n%s", got, out)
	}
	eventually(t, "nothing is owed", func() bool { code, _ := l.run("recover"); return code == 0 })
}

// TestClosedTerminal: when the terminal goes away the kernel sends SIGHUP and every write fails; the run reverts.
func TestClosedTerminal(t *testing.T) {
	l := newLab(t)
	v := l.victim("tty-a")
	cmd := l.friday("run", "--yes", l.freeze("1m", "tty-a"))
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		var sink bytes.Buffer
		_, _ = sink.ReadFrom(terminal) // ends when the terminal is closed
	}()
	eventually(t, "the victim is stopped", func() bool { return stateOf(v.Process.Pid) == "stopped" })
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the victim runs again", func() bool { return stateOf(v.Process.Pid) == "running" })
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != exitInterrupted {
		t.Errorf("exit code %d, want %d", got, exitInterrupted)
	}
}

// start starts friday in the background and collects what it writes.
func (l *lab) start(args ...string) (*exec.Cmd, *bytes.Buffer) {
	l.t.Helper()
	out := &bytes.Buffer{}
	cmd := l.friday(args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, out
}

func signalTo(t testing.TB, cmd *exec.Cmd, sig syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

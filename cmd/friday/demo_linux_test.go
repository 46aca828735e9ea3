package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// toys counts the processes of the demo that still live: all of them are this very program.
func toys(t *testing.T, exe string) (alive []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || to != exe {
			continue
		}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline"))
		if err == nil && bytes.Contains(line, []byte("\x00toy\x00")) {
			alive = append(alive, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return alive
}

// TestDemo: three verdicts, the report, and nothing left.
func TestDemo(t *testing.T) {
	l := newLab(t)
	code, out := l.run("demo", "--plain")
	if code != exitPass {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, want := range []string{"PASS    checkout-dies", "LATE    search-hangs", "SILENT  payments-dies", "payments-check died", "demo.html", "next "} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not say %q:\n%s", want, out)
		}
	}
	page, err := os.ReadFile(filepath.Join(l.state(), "demo.html"))
	if err != nil || !bytes.Contains(page, []byte("<svg")) || !bytes.Contains(page, []byte("SF-01")) {
		t.Errorf("the report of the demo: %d bytes, %v", len(page), err)
	}
	if left := toys(t, l.exe); len(left) > 0 {
		t.Errorf("the demo leaves behind: %v", left)
	}
}

// TestInterruptedDemo: Ctrl-C in the middle leaves nothing either, nor does a killed demo.
func TestInterruptedDemo(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"ctrl-c": syscall.SIGINT, "kill": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			cmd, out := l.start("demo", "--plain")
			eventually(t, "a fault is in force", func() bool {
				histories, err := filepath.Glob(filepath.Join(l.state(), "runs", "*", "history.jsonl"))
				if err != nil || len(histories) == 0 {
					return false
				}
				text, err := os.ReadFile(histories[0])
				return err == nil && bytes.Contains(text, []byte(`"active":true`))
			})
			signalTo(t, cmd, sig)
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); sig == syscall.SIGINT && code != exitInterrupted {
				t.Errorf("exit code %d\n%s", code, out)
			}
			eventually(t, "no toy is left", func() bool { return len(toys(t, l.exe)) == 0 })
			if sig == syscall.SIGINT {
				if code, list := l.run("recover", "--list"); code != exitPass {
					t.Errorf("something is owed: %s", list)
				}
				return
			}
			// The toys died with their demo, so nobody brings them back: the next demo knows.
			eventually(t, "another demo plays", func() bool { code, _ := l.run("demo", "--quiet"); return code == exitPass })
		})
	}
}

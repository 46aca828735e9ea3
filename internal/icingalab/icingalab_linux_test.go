package icingalab_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/icingalab"
)

// report makes the test binary start an Icinga, write its folder to a file and wait to be killed.
const report = "FRIDAY_ICINGALAB_REPORT"

// TestNothingSurvivesTheTests: all processes of an Icinga whose test process is killed die with it.
func TestNothingSurvivesTheTests(t *testing.T) {
	if file := os.Getenv(report); file != "" {
		i := icingalab.Start(t, "")
		if err := os.WriteFile(file, []byte(i.Dir), 0o600); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	t.Parallel()
	if _, err := exec.LookPath("icinga2"); err != nil || os.Geteuid() != 0 {
		icingalab.Start(t, "") // skips or fails
	}
	file := filepath.Join(t.TempDir(), "report")
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), report+"="+file, "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var dir string
	eventually(t, "Icinga runs", func() bool {
		text, err := os.ReadFile(file)
		dir = string(text)
		return err == nil && dir != "" && len(mentioning(t, dir)) > 0
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing of it is left", func() bool { return len(mentioning(t, dir)) == 0 })
}

// mentioning are the processes that have a folder in their command line. One that is dead has none.
func mentioning(t *testing.T, dir string) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline")); err == nil && strings.Contains(string(line), dir) {
			found = append(found, pid)
		}
	}
	return found
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !true(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

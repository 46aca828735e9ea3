package probes

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/site"
	"github.com/failurefriday/friday/verify"
)

// TestMain lets the test binary be the process that is looked at: PROBES_TEST_LISTEN makes it answer HTTP until it is
// killed, or until the test that started it is gone.
func TestMain(m *testing.M) {
	if file := os.Getenv("PROBES_TEST_LISTEN"); file != "" {
		s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if err := os.WriteFile(file+".new", []byte(s.URL), 0o600); err != nil {
			panic(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			panic(err)
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(dockertest.Main(m))
}

// victim starts a process with a name and a word in its command line that no other has.
func victim(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	return spawn(t, exec.Command("/bin/sleep", "600"), name)
}

// spawn runs a command with another first word until the test ends.
func spawn(t *testing.T, cmd *exec.Cmd, name string) *exec.Cmd {
	t.Helper()
	cmd.Args[0] = name
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil { // closed when we are gone
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // dead already: fine
		_ = cmd.Wait()
	})
	return cmd
}

func unique(t *testing.T) string { return fmt.Sprintf("v%d-%d", os.Getpid(), time.Now().UnixNano()) }

func named(texts ...string) *Process {
	return &Process{Match: proc.Match{Name: match.Must(texts...)}, Count: 1}
}

func wantPulse(t *testing.T, when string, p verify.Probe, ok bool, detail, subject string) {
	t.Helper()
	pulse := look(t, p, plenty)
	if pulse.OK != ok || pulse.Detail != detail || pulse.Subject != subject {
		t.Errorf("%s: got %v %q of %q, want %v %q of %q", when, pulse.OK, pulse.Detail, pulse.Subject, ok, detail, subject)
	}
}

// state waits until the kernel shows the process in a state.
func state(t *testing.T, pid int, want string) {
	t.Helper()
	eventually(t, fmt.Sprintf("pid %d is in state %s", pid, want), func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, after, _ := strings.Cut(string(stat), ") ")
		return err == nil && strings.HasPrefix(after, want)
	})
}

func TestProcessLivesHaltsAndDies(t *testing.T) {
	t.Parallel()
	name := unique(t)
	p := named(name)
	wantPulse(t, "before", p, false, "no such process", "")
	cmd := victim(t, name)
	pid := cmd.Process.Pid
	subject := fmt.Sprintf("%s (pid %d)", name, pid)
	wantPulse(t, "alive", p, true, "1 running", subject)

	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	state(t, pid, "T")
	wantPulse(t, "stopped", p, false, "0 running, stopped: "+subject, subject)

	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes on", func() bool { return look(t, p, plenty).OK })

	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	state(t, pid, "Z") // nobody has waited for it yet
	wantPulse(t, "zombie", p, false, "no such process", "")
}

func TestProcessCounts(t *testing.T) {
	t.Parallel()
	name := unique(t)
	first, second := victim(t, name).Process.Pid, victim(t, name).Process.Pid
	subject := fmt.Sprintf("%s (pid %d), %s (pid %d)", name, min(first, second), name, max(first, second))
	p := named(name)
	wantPulse(t, "one of two", p, true, "2 running", subject)
	p.Count = 2
	wantPulse(t, "two of two", p, true, "2 running", subject)
	p.Count = 3
	wantPulse(t, "two of three", p, false, "2 of 3 running", subject)
}

func TestProcessByPIDFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	p := &Process{Match: proc.Match{PIDFile: file}, Count: 1}
	wantPulse(t, "no file", p, false, "no such process", "")
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if pulse, err := p.Check(t.Context()); err == nil {
		t.Errorf("nonsense: got %+v, want an error", pulse)
	}
	cmd := victim(t, unique(t))
	if err := os.WriteFile(file, []byte(strconv.Itoa(cmd.Process.Pid)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if pulse := look(t, p, plenty); !pulse.OK || !strings.Contains(pulse.Subject, fmt.Sprintf("(pid %d)", cmd.Process.Pid)) {
		t.Errorf("got %+v, want pid %d", pulse, cmd.Process.Pid)
	}
}

// Our own command line holds the word, as that of `friday run` may; so it does for whoever started us.
func TestProcessNeverMeansItself(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("/proc/self/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	words := `\` + strings.ReplaceAll(strings.TrimRight(string(own), "\x00"), "\x00", " ")
	p := &Process{Match: proc.Match{Command: match.Must(words)}, Count: 1}
	if found, err := proc.Find(p.Match); err != nil || len(found) == 0 {
		t.Fatalf("found %v, %v: the test does not test what it should", found, err)
	}
	if pulse := look(t, p, plenty); strings.Contains(pulse.Subject, fmt.Sprintf("(pid %d)", os.Getpid())) {
		t.Errorf("got %+v", pulse)
	}
}

// server starts a process of that name that answers HTTP.
func server(t *testing.T, name string) (url string, pid int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "url")
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"PROBES_TEST_LISTEN=" + file}
	pid = spawn(t, cmd, name).Process.Pid
	eventually(t, name+" listens", func() bool {
		text, err := os.ReadFile(file)
		url = string(text)
		return err == nil
	})
	return url, pid
}

func TestProbesKnowWhereTheirSubjectLives(t *testing.T) {
	t.Parallel()
	name := unique(t)
	url, pid := server(t, name)
	address := strings.TrimPrefix(url, "http://")
	_, port, _ := strings.Cut(address, ":")
	for what, p := range map[string]verify.Sited{
		"http":             newHTTP(url+"/health", nil),
		"http, localhost":  newHTTP("http://localhost:"+port, nil),
		"tcp":              &TCP{Address: address},
		"process, by name": named(name),
	} {
		sites, err := p.Sites(t.Context())
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if len(sites) != 1 || sites[0].Process.PID != pid || sites[0].Group != pid || !hasParent(sites[0], os.Getpid()) {
			t.Errorf("%s: lives at %+v, want pid %d in a group of its own below us", what, sites, pid)
		}
	}
	for what, p := range map[string]verify.Sited{
		"another host":  newHTTP("http://192.0.2.1/", nil),
		"a name":        &TCP{Address: "db.example:5432"},
		"nobody there":  &TCP{Address: nobody(t)},
		"no process":    named(unique(t)),
		"not a process": &Process{},
	} {
		if sites, err := p.Sites(t.Context()); err == nil {
			t.Errorf("%s: lives at %+v, want an error", what, sites)
		}
	}
}

func hasParent(s site.Site, pid int) bool { return len(s.Ancestors) > 0 && s.Ancestors[0].PID == pid }

// What tcp cannot see and http and process can.
func TestPausedServiceIsGreenForTCPAlone(t *testing.T) {
	t.Parallel()
	name := unique(t)
	url, pid := server(t, name)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	state(t, pid, "T")
	if pulse := look(t, &TCP{Address: strings.TrimPrefix(url, "http://")}, plenty); !pulse.OK {
		t.Errorf("tcp: red: %s", pulse.Detail)
	}
	if pulse := look(t, newHTTP(url, nil), 100*time.Millisecond); pulse.OK || pulse.Detail != "no answer within 100ms" {
		t.Errorf("http: %+v", pulse)
	}
	if pulse := look(t, named(name), plenty); pulse.OK {
		t.Errorf("process: %+v", pulse)
	}
}

func TestProcessValidates(t *testing.T) {
	t.Parallel()
	if faults := named("nginx").Validate(); len(faults) > 0 {
		t.Errorf("faults %v in a good one", faults)
	}
	if faults := (&Process{Match: proc.Match{Port: 70000}}).Validate(); len(faults) != 2 {
		t.Errorf("faults %v, want one for port and one for count", faults)
	}
	if faults := (&Process{Count: 1}).Validate(); len(faults) != 1 || faults[0].Field != "" {
		t.Errorf("faults %v, want one for the kind as a whole", faults)
	}
}

package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify/inbox"
)

// built is the folder of the program, once it has been built.
var built string

// build compiles friday once, as users get it, for the tests that kill it.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "friday-test-")
	if err != nil {
		return "", err
	}
	built = dir
	exe := filepath.Join(dir, "friday")
	cmd := exec.Command("go", "build", "-o", exe, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // it runs in containers, too
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return exe, nil
})

// lab is a place to run friday in: a folder, a state directory, an inbox, and victims.
type lab struct {
	t    testing.TB
	dir  string
	exe  string
	page string   // URL of the inbox
	env  []string // of every friday, besides the few that it always has
	tag  string   // makes the names of the victims those of this lab alone
	// victims are the names that scenarios may use for them, and the real ones.
	victims []string
}

// real is the name of a victim in the list of processes.
func (l *lab) real(name string) string { return name + "-" + l.tag }

func newLab(t testing.TB) *lab {
	t.Helper()
	exe, err := build()
	if err != nil {
		t.Fatal(err)
	}
	conf := inbox.DefaultConfig()
	conf.APIRateLimit = 1 << 30 // a torture makes more requests a minute than PagerDuty would answer
	server, err := inbox.New(conf, inbox.Env{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	l := &lab{t: t, dir: t.TempDir(), exe: exe, page: web.URL, tag: newTag()}
	l.write("friday.yaml", fmt.Sprintf("environment: test\nsources:\n  inbox:\n    pagerduty: {url: %q, poll: 200ms}\n", web.URL))
	return l
}

func (l *lab) write(name, text string) string {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	text = strings.NewReplacer(l.victims...).Replace(text)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
	return path
}

func (l *lab) state() string { return filepath.Join(l.dir, "state") }

// friday is a command in the lab that has not been started.
func (l *lab) friday(args ...string) *exec.Cmd {
	cmd := exec.Command(l.exe, append([]string{"--state", l.state()}, args...)...)
	cmd.Dir = l.dir
	cmd.Env = []string{"HOME=" + l.dir, "PATH=" + os.Getenv("PATH")}
	cmd.Env = append(cmd.Env, l.env...)
	return cmd
}

// run runs friday to its end and returns its exit code and all that it wrote.
func (l *lab) run(args ...string) (code int, out string) {
	l.t.Helper()
	var text bytes.Buffer
	cmd := l.friday(args...)
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		l.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), text.String()
}

// victim starts a process that does nothing under a name of its own.
func (l *lab) victim(name string) *exec.Cmd {
	l.t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		l.t.Fatal(err)
	}
	path := filepath.Join(l.dir, l.real(name))
	l.victims = append(l.victims, name, l.real(name))
	// Not a copy: a file that was just written may be too busy to be run.
	if err := os.Symlink(sleep, path); err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command(path, "1000")
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// freeze writes a scenario that pauses the named victims for a long time.
func (l *lab) freeze(hold string, names ...string) string {
	l.t.Helper()
	return l.write("freeze.yaml", fmt.Sprintf(`name: freeze
steps:
  - name: freeze
    attacks:
      - process.pause: {match: {name: [%s]}}
    hold: %s
    expect:
      - fires: {service: nobody}
        within: %s
`, strings.Join(names, ", "), hold, hold))
}

// eventually waits until something is true.
func eventually(t testing.TB, what string, true func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

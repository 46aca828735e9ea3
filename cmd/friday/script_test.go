package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/failurefriday/friday/verify/inbox"
)

// patience is how long a script waits for something to come true.
const patience = 20 * time.Second

// victims are the processes that a script made, by name.
type victims map[string]*exec.Cmd

type victimsKey struct{}

func setUpScript(env *testscript.Env) error {
	env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
	env.Setenv("STATE", filepath.Join(env.WorkDir, "state", "friday"))
	env.Setenv("HOME", env.WorkDir)
	// Victims have names of their own, so that two runs of the tests on one machine do not hit each other's.
	tag := newTag()
	env.Setenv("TAG", tag)
	if err := fillIn(env.WorkDir, tag); err != nil {
		return err
	}
	all := victims{}
	env.Values[victimsKey{}] = all
	env.Defer(func() {
		for _, v := range all {
			_ = v.Process.Kill() // gone already: fine
			_ = v.Wait()
		}
	})
	return nil
}

func newTag() string { return strings.ToLower(rand.Text()[:4]) }

// fillIn replaces @TAG@ in the scenarios of a script.
func fillIn(dir, tag string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, bytes.ReplaceAll(text, []byte("@TAG@"), []byte(tag)), 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cmdExits runs a program and compares its exit code: exits 2 friday validate x.yaml
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// cmdVictim starts a process of the given name that does nothing: victim NAME
func cmdVictim(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: victim NAME")
	}
	sleep, err := exec.LookPath("sleep")
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.Symlink(sleep, path)) // not a copy: a file that was just written may be too busy to be run
	cmd := exec.Command(path, "1000")
	ts.Check(cmd.Start())
	ts.Value(victimsKey{}).(victims)[args[0]] = cmd
}

// cmdState waits until a victim is in a state: state NAME running|stopped|dead
func cmdState(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: state NAME running|stopped|dead")
	}
	v := ts.Value(victimsKey{}).(victims)[args[0]]
	if v == nil {
		ts.Fatalf("no victim is called %s", args[0])
	}
	until(ts, fmt.Sprintf("%s is %s", args[0], args[1]), func() bool { return stateOf(v.Process.Pid) == args[1] })
}

// cmdSlay kills a victim: slay NAME
func cmdSlay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: slay NAME")
	}
	v := ts.Value(victimsKey{}).(victims)[args[0]]
	if v == nil {
		ts.Fatalf("no victim is called %s", args[0])
	}
	ts.Check(v.Process.Kill())
}

// stateOf reads the state letter of a process. A zombie is dead.
func stateOf(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "dead"
	}
	letter := data[bytes.LastIndexByte(data, ')')+2]
	switch letter {
	case 'Z', 'X':
		return "dead"
	case 'T', 't':
		return "stopped"
	default:
		return "running"
	}
}

// cmdInbox starts an inbox and writes a friday.yaml that names it: inbox
func cmdInbox(ts *testscript.TestScript, neg bool, args []string) {
	server, err := inbox.New(inbox.DefaultConfig(), inbox.Env{})
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	web := httptest.NewServer(server)
	ts.Defer(func() { cancel(); web.CloseClientConnections(); web.Close() })
	_ = ctx
	ts.Setenv("INBOX", web.URL)
	conf := fmt.Sprintf("environment: test\nsources:\n  inbox:\n    pagerduty: {url: %q, poll: 200ms}\n", web.URL)
	ts.Check(os.WriteFile(ts.MkAbs("friday.yaml"), []byte(conf), 0o644))
}

// cmdPage sends an event: page trigger|acknowledge|resolve SERVICE TITLE
func cmdPage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: page ACTION SERVICE TITLE")
	}
	ts.Check(sendEvent(ts.Getenv("INBOX"), args[0], args[1], args[2]))
}

func sendEvent(url, action, service, title string) error {
	body := fmt.Sprintf(`{"routing_key":%q,"event_action":%q,"dedup_key":%q,"payload":{"summary":%q,"source":"test","severity":"critical"}}`,
		service, action, service, title)
	resp, err := http.Post(url+"/v2/enqueue", "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the inbox answered %s", resp.Status)
	}
	return nil
}

// cmdMonitor watches a victim from outside, and pages while it is not running: monitor NAME SERVICE
func cmdMonitor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: monitor VICTIM SERVICE")
	}
	v := ts.Value(victimsKey{}).(victims)[args[0]]
	url, done := ts.Getenv("INBOX"), make(chan struct{})
	ts.Defer(func() { close(done) })
	go func() {
		paged := false
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			down := stateOf(v.Process.Pid) != "running"
			if down != paged {
				action := map[bool]string{true: "trigger", false: "resolve"}[down]
				paged = down == (sendEvent(url, action, args[1], args[1]+" is down") == nil) && down
			}
		}
	}()
}

// cmdAwait waits until a file has a line that matches: await FILE REGEXP
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	re := regexp.MustCompile("(?m)" + args[1])
	until(ts, args[0]+" holds "+args[1], func() bool {
		names, _ := filepath.Glob(ts.MkAbs(args[0]))
		return slices.ContainsFunc(names, func(name string) bool {
			data, err := os.ReadFile(name)
			return err == nil && re.Match(data)
		})
	})
}

// cmdNowhere fails if a text stands in any file below a folder: nowhere FOLDER TEXT
func cmdNowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: nowhere FOLDER TEXT")
	}
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(args[1])) {
			ts.Fatalf("%s holds %q", path, args[1])
		}
		return err
	}))
	if files == 0 {
		ts.Fatalf("there is no file below %s", args[0])
	}
}

func until(ts *testscript.TestScript, what string, true func() bool) {
	for limit := time.Now().Add(patience); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			ts.Fatalf("not within %s: %s", patience, what)
		}
	}
}

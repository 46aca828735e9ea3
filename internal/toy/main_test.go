package toy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// TestMain lets the test binary play every part of the toy world, so that the tests break real processes.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "toy" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := play(ctx, os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// play is what the hidden subcommands do.
func play(ctx context.Context, part string, args []string) error {
	fs := pflag.NewFlagSet(part, pflag.ContinueOnError)
	switch part {
	case "service":
		var o ServiceOptions
		o.Flags(fs)
		return errors.Join(fs.Parse(args), Service(ctx, o))
	case "monitor":
		o := MonitorOptions{Log: os.Stdout}
		o.Flags(fs)
		return errors.Join(fs.Parse(args), Monitor(ctx, o))
	case "supervise":
		exe, err := os.Executable()
		o := SuperviseOptions{Exe: exe, Lifeline: os.Stdin, Log: os.Stdout}
		o.Flags(fs)
		err = errors.Join(err, fs.Parse(args))
		o.SetPrograms(fs.Args())
		return errors.Join(err, Supervise(ctx, o))
	case "world": // starts a world, tells its sessions, and waits for its own end
		return playWorld(ctx, args[0], args[1])
	}
	return fmt.Errorf("no such part: %s", part)
}

func playWorld(ctx context.Context, inbox, dir string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	w, err := Start(ctx, WorldOptions{Exe: exe, Command: []string{"toy"}, InboxURL: inbox, Dir: dir})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(sessions(w)); err != nil {
		return err
	}
	<-ctx.Done()
	return w.Stop()
}

// events is a fake Events API that keeps what it is sent, and refuses as often as it is told to.
type events struct {
	*httptest.Server
	mu      sync.Mutex
	got     []event
	refuse  int
	refused int
}

func newEvents(t *testing.T) *events {
	e := &events{}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse > 0 {
		e.refuse--
		e.refused++
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var in event
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/v2/enqueue" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	e.got = append(e.got, in)
	w.WriteHeader(http.StatusAccepted)
}

// actions are the actions sent with a dedup key, in order.
func (e *events) actions(key string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	actions := []string{}
	for _, in := range e.got {
		if in.DedupKey == key {
			actions = append(actions, in.Action)
		}
	}
	return actions
}

// process is a live process of the world.
type process struct {
	pid     int
	name    string // first word of its command line
	comm    string
	session int
}

func sessions(w *World) []int {
	var ids []int
	for _, s := range w.supervisors {
		ids = append(ids, s.cmd.Process.Pid)
	}
	return ids
}

// alive lists the processes of some sessions that are not zombies.
func alive(t *testing.T, sessions []int) []process {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []process
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue // gone
		}
		open, shut := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
		fields := strings.Fields(string(stat[shut+1:])) // state, parent, group, session
		session, _ := strconv.Atoi(fields[3])
		if fields[0] == "Z" || fields[0] == "X" || !slices.Contains(sessions, session) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		name, _, _ := strings.Cut(string(cmdline), "\x00")
		found = append(found, process{pid, name, string(stat[open+1 : shut]), session})
	}
	return found
}

// pidOf is the pid of the process of that name, or 0. Between fork and exec a child still bears its parent's name.
func pidOf(t *testing.T, w *World, name string) int {
	t.Helper()
	for _, p := range alive(t, sessions(w)) {
		if p.name == name && p.comm == name[:min(len(name), 15)] {
			return p.pid
		}
	}
	return 0
}

// eventually polls until done is true, and fails the test if that takes longer than any sound machine needs.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(20 * time.Second); !done(); <-tick.C {
		if time.Now().After(limit) {
			t.Fatalf("not so within 20 s: %s", what)
		}
	}
}

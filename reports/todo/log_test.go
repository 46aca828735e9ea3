package todo_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/reports/todo"
)

// late is when logs are read.
var late = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

func logIn(t *testing.T) todo.Log {
	t.Helper()
	return todo.Log{Path: filepath.Join(t.TempDir(), "state", todo.LogFile)}
}

// acts reads a log in which nothing is damaged.
func acts(t *testing.T, l todo.Log) []todo.Act {
	t.Helper()
	got, damaged, err := l.Read(late)
	if err != nil || len(damaged) > 0 {
		t.Fatalf("damaged: %v, error: %v", damaged, err)
	}
	return got
}

func TestDecisionsAreKept(t *testing.T) {
	l := logIn(t)
	if got := acts(t, l); len(got) != 0 {
		t.Fatalf("a log that is not there holds %v", got)
	}
	none := on(2, todo.Close, "F-aaaaaa", "\"quoted\"\nand <broken> \u2028 in two")
	none.FalseSilence = true
	want := []todo.Act{on(1, todo.Note, "F-aaaaaa", "x"), on(1, todo.Own, "F-bbbbbb", ""), none}
	if err := errors.Join(l.Append(want[:2]...), l.Append(want[2])); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, acts(t, l)); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(l.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log is %v, %v", info.Mode(), err)
	}
}

func TestDamageIsToldAndTheRestIsRead(t *testing.T) {
	l := logIn(t)
	if err := l.Append(on(1, todo.Note, "F-aaaaaa", "first")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	bad := "\x00\xff{]\n" +
		`{"at":"2026-11-20T12:00:00Z","by":"x","id":"F-1","do":"explode"}` + "\n" +
		`{"at":"2026-11-20T12:00:00Z","by":"x","do":"close"}` + "\n" +
		`{"by":"x","id":"F-1","do":"close"}` + "\n\n" +
		`[1,2]` + "\n" +
		`{"at":"2027-01-01T01:00:01Z","by":"x","id":"F-1","do":"close"}` + "\n" + // which nobody could take back
		`{"at":"2026-11-20T12:00:00Z","by":"x","id":"F-1","do":"clo` // its writer died
	if err := os.WriteFile(l.Path, append(text, bad...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(on(2, todo.Note, "F-aaaaaa", "last")); err != nil {
		t.Fatal(err)
	}
	got, damaged, err := l.Read(late)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]todo.Act{on(1, todo.Note, "F-aaaaaa", "first"), on(2, todo.Note, "F-aaaaaa", "last")}, got); diff != "" {
		t.Error(diff)
	}
	var lines []string
	for _, d := range damaged {
		if d.Why == "" {
			t.Errorf("line %d: no reason", d.Line)
		}
		lines = append(lines, fmt.Sprint(d.Line))
	}
	if got := strings.Join(lines, " "); got != "2 3 4 5 7 8 9" {
		t.Errorf("damaged lines %s", got)
	}
}

func TestALogThatCannotBeReadIsNoEmptyLog(t *testing.T) {
	l := todo.Log{Path: t.TempDir()}
	if _, _, err := l.Read(late); err == nil {
		t.Error("a folder was read")
	}
	if err := l.Append(on(1, todo.Note, "F-1", "x")); err == nil || !strings.Contains(err.Error(), "so nothing was") {
		t.Errorf("writing to a folder: %v", err)
	}
}

func TestWhatIsNoDecisionIsNotWritten(t *testing.T) {
	l := logIn(t)
	for _, bad := range []todo.Act{{}, on(1, "explode", "F-1", ""), on(1, todo.Close, "", ""), {By: "x", ID: "F-1", Do: todo.Close}} {
		if err := l.Append(on(1, todo.Note, "F-1", "x"), bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if got := acts(t, l); len(got) != 0 {
		t.Errorf("half of it was written: %v", got)
	}
}

// writerEnv makes the test binary append to the log that it names.
const writerEnv = "FRIDAY_TODO_WRITER"

// TestManyWriteAtOnce: several processes, with several goroutines each, lose nothing and tear nothing.
func TestManyWriteAtOnce(t *testing.T) {
	const goroutines, each = 4, 10
	write := func(l todo.Log, who string) {
		var all sync.WaitGroup
		for g := range goroutines {
			all.Go(func() {
				for n := range each {
					if err := l.Append(on(1, todo.Note, fmt.Sprintf("F-%s-%d-%d", who, g, n), strings.Repeat("long ", 2000))); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	if path := os.Getenv(writerEnv); path != "" {
		in := bufio.NewReader(os.Stdin)
		if _, err := in.ReadString('\n'); err != nil { // all begin together
			t.Fatal(err)
		}
		write(todo.Log{Path: path}, fmt.Sprint(os.Getpid()))
		return
	}
	l := logIn(t)
	const processes = 3
	var running []*exec.Cmd
	for range processes {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), writerEnv+"="+l.Path)
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = in.Write([]byte("\n"))
		}
		if err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	over := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() { // who reads meanwhile sees whole lines
		for {
			if _, damaged, err := l.Read(late); err != nil || len(damaged) > 0 {
				t.Errorf("read while others write: %v, %v", damaged, err)
			}
			select {
			case <-over:
				return
			default:
			}
		}
	})
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	close(over)
	reader.Wait()
	seen := map[string]bool{}
	for _, a := range acts(t, l) {
		seen[a.ID] = true
	}
	if want := processes * goroutines * each; len(seen) != want {
		t.Errorf("%d decisions are left of %d", len(seen), want)
	}
}

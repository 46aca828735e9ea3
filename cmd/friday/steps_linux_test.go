package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/failurefriday/friday/verify/judge"
)

// twoSteps freezes two victims one after the other; the neighbour is the steady state.
func (l *lab) twoSteps(first, second, neighbour string) string {
	step := `  - name: freeze %[1]s
    attacks:
      - process.pause: {match: {name: %[1]s}}
    hold: 700ms
    momentary: true
    expect:
      - must_not_fire: {source: inbox, service: %[1]s}
`
	return l.write("steps.yaml", fmt.Sprintf(`name: steps
recover_within: 1s
steady:
  - name: neighbour runs
    every: 20ms
    process: {name: %s}
steps:
`, neighbour)+fmt.Sprintf(step, first)+fmt.Sprintf(step, second))
}

// TestStepsFollowEachOther: each step breaks its own, and the last verdict is as good as the first.
func TestStepsFollowEachOther(t *testing.T) {
	l := newLab(t)
	l.victim("step-a")
	l.victim("step-b")
	l.victim("step-n")
	r := l.record(l.twoSteps("step-a", "step-b", "step-n"))
	if r.Verdict != judge.Pass || len(r.Steps) != 2 {
		t.Fatalf("%s: %s", r.Verdict, r.Summary)
	}
	for i, target := range []string{"step-a", "step-b"} {
		s := r.Steps[i]
		if len(s.Faults) != 1 || !strings.HasPrefix(s.Faults[0].Target, target) || s.InForce.IsZero() || s.Healthy.IsZero() || s.Verdict != judge.Pass {
			t.Errorf("step %d: %+v", i+1, s)
		}
	}
	if !r.Steps[1].InForce.After(r.Steps[0].Healthy) {
		t.Error("the second step did not wait for the first to be healthy")
	}
}

// TestNothingIsBrokenOnTopOfABrokenSystem: the steady state does not come back, so the run ends UNRESTORED, with its own
// exit code, and the second step never begins.
func TestNothingIsBrokenOnTopOfABrokenSystem(t *testing.T) {
	l := newLab(t)
	v := l.victim("still-a")
	second := l.victim("still-b")
	neighbour := l.victim("still-n")
	cmd, out := l.start("run", "--yes", "--plain", l.twoSteps("still-a", "still-b", "still-n"))
	eventually(t, "the victim is stopped", func() bool { return stateOf(v.Process.Pid) == "stopped" })
	if err := neighbour.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitUnrestored {
		t.Errorf("exit code %d, want %d\n%s", code, exitUnrestored, out)
	}
	if !strings.Contains(out.String(), "UNRESTORED") || strings.Contains(out.String(), "step 2") && strings.Contains(out.String(), "injected: process.pause of still-b") {
		t.Errorf("the second step was run, or the verdict is another:\n%s", out)
	}
	for name, pid := range map[string]int{"first": v.Process.Pid, "second": second.Process.Pid} {
		if got := stateOf(pid); got != "running" {
			t.Errorf("the %s victim is %s", name, got)
		}
	}
}

// TestConfirmation: on a terminal a run shows what it will hit and asks; anything but yes touches nothing.
func TestConfirmation(t *testing.T) {
	for answer, want := range map[string]int{"n\n": exitUsage, "\n": exitUsage, "yes\n": exitPass} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			l := newLab(t)
			l.victim("ask-a")
			l.victim("ask-b")
			l.victim("ask-n")
			cmd := l.friday("run", l.twoSteps("ask-a", "ask-b", "ask-n"))
			terminal, err := pty.Start(cmd)
			if err != nil {
				t.Fatal(err)
			}
			defer terminal.Close()
			if _, err := terminal.WriteString(answer); err != nil {
				t.Fatal(err)
			}
			shown, _ := io.ReadAll(terminal) // ends with an error when the other side is closed
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != want {
				t.Errorf("exit code %d, want %d\n%s", code, want, shown)
			}
			for _, words := range []string{"process.pause: ask-a", "Break this in test?"} {
				if !strings.Contains(string(shown), words) {
					t.Errorf("the plan does not show %q:\n%s", words, shown)
				}
			}
			if _, runs := l.run("runs"); (want == exitPass) == strings.Contains(runs, "no runs yet") {
				t.Errorf("runs: %s", runs)
			}
		})
	}
}

package probes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

// CommandKind is the probe `command`.
var CommandKind = verify.ProbeKind{
	Name:    "command",
	Summary: "runs a program, without a shell; green when its exit code and output are as expected",
	Example: `{run: [pg_isready, -h, 127.0.0.1], output: /accepting/}`,
	New:     func() verify.Probe { return &Command{} },
}

// Command runs a program in a process group of its own. When it ends, or when its time is up, all that is left of the
// group is killed.
type Command struct {
	Run    []string      `yaml:"run" required:"true" doc:"program and its arguments; no shell reads them"`
	Exit   int           `yaml:"exit" default:"0" doc:"exit code that is green"`
	Output match.Pattern `yaml:"output" doc:"what standard output and standard error together must match, without the last line break; at most 1 MiB of it is read"`
}

var _ diag.Validator = (*Command)(nil)

// Validate lists all faults in the parameters.
func (p *Command) Validate() []diag.FieldError {
	var faults []diag.FieldError
	if len(p.Run) == 0 || p.Run[0] == "" {
		faults = append(faults, diag.FieldError{Field: "run", Msg: "names no program: write [program, argument, …]"})
	}
	if p.Exit < 0 || p.Exit > 255 {
		faults = append(faults, diag.FieldError{Field: "exit", Msg: fmt.Sprintf("%d is not an exit code: write a number from 0 to 255", p.Exit)})
	}
	return faults
}

// Check runs the program once. A program that cannot be started is an error: nothing was looked at.
func (p *Command) Check(ctx context.Context) (verify.Pulse, error) {
	if faults := p.Validate(); len(faults) > 0 {
		return verify.Pulse{}, errors.New(faults[0].Field + " " + faults[0].Msg)
	}
	if err := ctx.Err(); err != nil {
		return verify.Pulse{}, err
	}
	c := startClock(ctx)
	output := &capped{most: maxBody}
	cmd := exec.Command(p.Run[0], p.Run[1:]...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = 100 * time.Millisecond // for output that somebody outside the group still holds open
	inTime, err := runGroup(ctx, cmd)
	switch {
	case err != nil:
		return verify.Pulse{}, fmt.Errorf("cannot run %s: %w", p.Run[0], err)
	case inTime:
		return p.judge(c, cmd, bytes.TrimSuffix(output.Bytes(), []byte("\n"))), nil
	}
	if cut := cutOff(ctx); cut != nil {
		return verify.Pulse{}, cut
	}
	return c.late("end of " + p.Run[0]), nil
}

// judge compares the end of the program with what is expected.
func (p *Command) judge(c clock, cmd *exec.Cmd, output []byte) verify.Pulse {
	state := cmd.ProcessState
	switch {
	case !state.Exited():
		return red("ended by %s", state)
	case state.ExitCode() != p.Exit:
		return red("exit %d, not %d%s", state.ExitCode(), p.Exit, said(output))
	case !p.Output.Match(string(output)):
		return red("exit %d, but the output does not match %s%s", p.Exit, p.Output, said(output))
	}
	return green("exit %d in %s", p.Exit, c.took())
}

func said(output []byte) string {
	if text := excerpt(output); text != "" {
		return fmt.Sprintf(": %q", text)
	}
	return ""
}

// capped keeps the beginning of what is written to it and takes the rest without a word, so that the writer goes on.
type capped struct {
	bytes.Buffer
	most int
}

func (c *capped) Write(p []byte) (int, error) {
	keep := min(len(p), c.most-c.Len())
	c.Buffer.Write(p[:keep])
	return len(p), nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

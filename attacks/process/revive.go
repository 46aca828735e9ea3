package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

// Revive says what brings a killed process back: the word supervisor, or a command. The zero Revive is nothing.
type Revive struct {
	Supervisor bool
	Command    []string
}

const supervisor = "supervisor"

// UnmarshalText reads the word supervisor.
func (r *Revive) UnmarshalText(text []byte) error {
	if string(text) != supervisor {
		return fmt.Errorf("want the word %s, or a command as a list: [systemctl, start, checkout]", supervisor)
	}
	*r = Revive{Supervisor: true}
	return nil
}

// UnmarshalTexts reads a command: the program and its arguments.
func (r *Revive) UnmarshalTexts(words []string) error {
	if len(words) == 0 || words[0] == "" {
		return errors.New("a command needs a program: [systemctl, start, checkout]")
	}
	*r = Revive{Command: words}
	return nil
}

// String is r as it stands in a file.
func (r Revive) String() string {
	if r.Supervisor {
		return supervisor
	}
	return "[" + strings.Join(r.Command, ", ") + "]"
}

func (r Revive) none() bool { return !r.Supervisor && len(r.Command) == 0 }

// command is a revive command that means the same wherever it is run from.
type command struct {
	Argv []string `json:"argv"`
	Dir  string   `json:"dir"`
}

// resolve finds the program now, before anything is broken; nil if there is no command.
func (r Revive) resolve() (*command, error) {
	if len(r.Command) == 0 {
		return nil, nil
	}
	program, err := exec.LookPath(r.Command[0])
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return nil, fmt.Errorf("nothing could be revived: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("cannot tell where the revive command would run: %w", err)
	}
	return &command{append([]string{program}, r.Command[1:]...), dir}, nil
}

const (
	// failsWithin is how long a revive command is watched. One that still runs then is the service itself, or starts it.
	failsWithin = time.Second
	reviveLooks = 10 * time.Millisecond
)

// bringBack runs the command for a dead target, in a session of its own and with no shell. A process that was started
// for the target earlier and still lives is at it already, so a second call starts no second one. It returns when the
// command has failed, when it has ended well and the place is taken, or after a second.
func (c command) bringBack(ctx context.Context, dead proc.ID, back func() (bool, error)) error {
	mark := fmt.Sprintf("FRIDAY_REVIVES=%d-%d-%s", dead.PID, dead.Start, dead.Boot)
	if at, err := proc.AnyWithEnv(mark); err != nil || at {
		return err
	}
	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append(cmd.Environ(), mark)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot revive: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	limit := time.NewTimer(failsWithin)
	defer limit.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the revive command %q failed: %w", c.Argv, err)
		}
		return until(ctx, limit.C, back)
	case <-limit.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// until returns once the condition holds or the time is up, whichever is first.
func until(ctx context.Context, limit <-chan time.Time, condition func() (bool, error)) error {
	looks := time.NewTicker(reviveLooks)
	defer looks.Stop()
	for {
		if ok, err := condition(); ok || err != nil {
			return err
		}
		select {
		case <-looks.C:
		case <-limit:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

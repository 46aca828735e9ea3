package process

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// Revive says what brings a killed process back: the word supervisor, or a command.
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
		return errors.New("a command needs a program")
	}
	*r = Revive{Command: words}
	return nil
}

// String is r as it stands in a file.
func (r Revive) String() string {
	if r.Supervisor {
		return supervisor
	}
	return fmt.Sprint(r.Command)
}

func (r Revive) none() bool { return !r.Supervisor && len(r.Command) == 0 }

// failsWithin is how long a revive command may take to fail; one that still runs then is the service itself, or starts it.
const failsWithin = time.Second

// start runs a revive command in a session of its own, with no shell, and does not wait for more than a fast failure.
func start(command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = "/"
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
			return fmt.Errorf("the revive command %v failed: %w", command, err)
		}
	case <-limit.C:
	}
	return nil
}

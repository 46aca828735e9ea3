package toy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/failurefriday/friday/internal/clock"
	"github.com/failurefriday/friday/internal/several"
)

const (
	startWithin = 20 * time.Second // for the whole world to be healthy
	stopWithin  = 5 * time.Second  // for a supervisor to end its programs; it needs little more than grace
)

// WorldOptions are the settings of a toy world.
type WorldOptions struct {
	Exe      string   // program file that understands Command
	Command  []string // words before service, supervise and monitor: {"toy"}
	InboxURL string   // base URL of the Events API that the monitors page through; the routing key is the service's name
	Dir      string   // an existing folder, for the log
}

// World is a running toy world:
//
//	checkout   restarted by a supervisor; watched from outside, by a monitor that is fast enough
//	search     the same, by a monitor that takes its time
//	payments   runs in one group with its own monitor: when the service dies the supervisor stops the monitor too
//
// Every supervisor holds a pipe from us: when we end, however we end, the pipe closes and the world ends with it.
type World struct {
	Ports map[string]int // of the services, by name, on 127.0.0.1
	Log   string         // file that everything in the world writes to

	options     WorldOptions
	supervisors []*supervisor
}

// supervisor is a running supervisor, in a session of its own.
type supervisor struct {
	cmd      *exec.Cmd
	lifeline io.Closer
	done     chan struct{} // closed once it has ended and err is set
	err      error
}

// Start makes a world and returns once every service is up and every monitor has seen it so. If that fails, nothing is
// left. The world lives until Stop, or until this process ends; ctx is for the start only.
func Start(ctx context.Context, o WorldOptions) (*World, error) {
	ports, err := freePorts(services)
	if err != nil {
		return nil, err
	}
	w := &World{Ports: ports, Log: filepath.Join(o.Dir, "toy.log"), options: o}
	if err := w.start(ctx); err != nil {
		return nil, several.Errors(err, w.Stop())
	}
	return w, nil
}

// Vars are the variables that the demo's scenarios need to find this world.
func (w *World) Vars() map[string]string {
	vars := map[string]string{}
	for name, port := range w.Ports {
		vars[name+"_port"] = strconv.Itoa(port)
	}
	return vars
}

// start brings up the services first: a slow monitor that finds its service missing would look again only much later.
func (w *World) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	log, err := os.OpenFile(w.Log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("cannot write the log of the toy world: %w", err)
	}
	defer log.Close()
	for _, o := range w.supervisedServices() {
		if err := w.supervise(o, log); err != nil {
			return fmt.Errorf("cannot start the toy world: %w", err)
		}
	}
	if err := w.await(ctx, w.closed); err != nil {
		return err
	}
	if err := w.supervise(w.monitoring(), log); err != nil {
		return fmt.Errorf("cannot start the toy world: %w", err)
	}
	return w.await(ctx, w.unseen)
}

// supervise starts a supervisor. It gets nothing of our environment, so no secrets either.
func (w *World) supervise(o SuperviseOptions, log *os.File) error {
	cmd := exec.Command(w.options.Exe)
	cmd.Args = w.argv(o.Name, "supervise", o.Args())
	cmd.Env = []string{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s := &supervisor{cmd: cmd, lifeline: lifeline, done: make(chan struct{})}
	go func() {
		s.err = cmd.Wait()
		close(s.done)
	}()
	w.supervisors = append(w.supervisors, s)
	return nil
}

// argv is a command line of the world; its first word is the name of the process.
func (w *World) argv(name, command string, args []string) []string {
	return slices.Concat([]string{name}, w.options.Command, []string{command}, args)
}

// await polls until no service is missing any more.
func (w *World) await(ctx context.Context, missing func(log []byte) []string) error {
	for {
		log, err := os.ReadFile(w.Log)
		if err != nil {
			return err
		}
		names := missing(log)
		if len(names) == 0 {
			return nil
		}
		for _, s := range w.supervisors {
			if s.ended() {
				return fmt.Errorf("%s ended (%w); it wrote:\n%s", s.cmd.Args[0], s.err, tail(log))
			}
		}
		if !clock.Pause(ctx, 10*time.Millisecond) {
			return fmt.Errorf("the toy world is not healthy, %s is not up: %w; it wrote:\n%s",
				strings.Join(names, ", "), context.Cause(ctx), tail(log))
		}
	}
}

// Stop ends every process of the world and returns once they are gone. It may be called again.
func (w *World) Stop() error {
	failed := make([]error, len(w.supervisors))
	var all sync.WaitGroup
	for i, s := range w.supervisors {
		all.Go(func() { failed[i] = s.stop() })
	}
	all.Wait()
	return several.Errors(failed...)
}

func (s *supervisor) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// stop closes the lifeline. A supervisor that does not end in time is killed, and the kernel then kills its programs.
func (s *supervisor) stop() error {
	_ = s.lifeline.Close() // closed already: fine
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case <-s.done:
		return nil
	case <-late.C:
	}
	err := s.cmd.Process.Kill()
	<-s.done
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cannot stop %s (pid %d): %w", s.cmd.Args[0], s.cmd.Process.Pid, err)
	}
	return nil
}

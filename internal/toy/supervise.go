package toy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/failurefriday/friday/internal/clock"
)

// grace is how long a program may take to end after SIGTERM before it is killed. A program that is stopped takes it all.
const grace = 500 * time.Millisecond

// SuperviseOptions are the settings of a toy supervisor.
type SuperviseOptions struct {
	Name     string        // its name as a process
	Exe      string        // program file of every program that does not name its own
	Programs [][]string    // argument vectors; the first word of each is the name of the process, or the path of another program
	Restart  time.Duration // pause between a death and the next start
	Together bool          // when one program dies all are stopped, and all are started again
	Lifeline io.Reader     // when it ends, so does the supervisor; nil means none
	Log      io.Writer     // also what the programs write
}

// Flags declares the options on fs; the programs are the arguments after --, with -- between them.
func (o *SuperviseOptions) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.Name, "name", "supervisor", "name of the supervisor")
	fs.DurationVar(&o.Restart, "restart", time.Second, "pause before a dead program is started again")
	fs.BoolVar(&o.Together, "together", false, "stop and start all programs as one group")
}

// SetPrograms takes the arguments that Flags left over.
func (o *SuperviseOptions) SetPrograms(args []string) {
	o.Programs = [][]string{nil}
	for _, a := range args {
		last := len(o.Programs) - 1
		if a == "--" {
			o.Programs = append(o.Programs, nil)
			continue
		}
		o.Programs[last] = append(o.Programs[last], a)
	}
}

// Args are the flags and arguments that say o, but for the program file, the lifeline and the log.
func (o SuperviseOptions) Args() []string {
	args := []string{"--name", o.Name, "--restart", o.Restart.String(), fmt.Sprintf("--together=%t", o.Together)}
	for _, p := range o.Programs {
		args = append(append(args, "--"), p...)
	}
	return args
}

// Supervise starts the programs and starts them again whenever they end, until ctx is done or the lifeline ends. Then it
// ends them all, and returns once they are gone. If the supervisor is killed, the kernel kills its programs.
func Supervise(ctx context.Context, o SuperviseOptions) error {
	for _, argv := range o.Programs {
		if len(argv) == 0 {
			return errors.New("a supervisor needs programs, none of them empty")
		}
	}
	if err := setName(o.Name); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Lifeline != nil {
		go func() {
			defer cancel()
			_, _ = io.Copy(io.Discard, o.Lifeline) // an error ends it as well
		}()
	}
	var all sync.WaitGroup
	for _, group := range o.groups() {
		all.Go(func() {
			for again := true; again; again = clock.Pause(ctx, o.Restart) {
				o.run(ctx, group)
			}
		})
	}
	all.Wait()
	return nil
}

// groups are the sets of programs that live and die as one.
func (o SuperviseOptions) groups() [][][]string {
	if o.Together {
		return [][][]string{o.Programs}
	}
	var groups [][][]string
	for _, p := range o.Programs {
		groups = append(groups, [][]string{p})
	}
	return groups
}

// run starts the programs of a group and returns when all have ended: when one ends the others are stopped.
func (o SuperviseOptions) run(ctx context.Context, group [][]string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for _, argv := range group {
		all.Go(func() {
			defer cancel()
			err := o.runOne(ctx, argv)
			o.logf("%s ended: %v", argv[0], err)
		})
	}
	all.Wait()
}

// runOne runs one program to its end. The kernel takes the death of the thread that started a child for that of the
// parent, so the thread is kept for as long as the child lives.
func (o SuperviseOptions) runOne(ctx context.Context, argv []string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	exe := o.Exe
	if filepath.IsAbs(argv[0]) {
		exe = argv[0]
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = argv
	cmd.Stdout, cmd.Stderr = o.Log, o.Log
	cmd.SysProcAttr = childAttr()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	return cmd.Run()
}

func (o SuperviseOptions) logf(format string, args ...any) {
	if o.Log != nil {
		fmt.Fprintf(o.Log, o.Name+": "+format+"\n", args...)
	}
}

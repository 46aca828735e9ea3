package main

import (
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
)

// live shows a run on a terminal: the step, the countdown, the fault, the pulses, the incidents. It takes no input, so
// that Ctrl-C stays a signal.
type live struct {
	program *tea.Program
	ended   chan struct{}
}

func newLive(tty *os.File, sc *scenarios.Scenario) *live {
	l := &live{ended: make(chan struct{})}
	l.program = tea.NewProgram(newBoard(sc.Name, time.Now), tea.WithInput(nil), tea.WithOutput(tty), tea.WithoutSignalHandler())
	return l
}

func (l *live) show(e verify.Event) {
	if e.Type == verify.RunStarted {
		go func() {
			defer close(l.ended)
			_, _ = l.program.Run() // a terminal that is gone does not change the run
		}()
	}
	l.program.Send(e)
}

func (l *live) finish() {
	l.program.Send(over{})
	select {
	case <-l.ended:
	case <-time.After(lastWords):
		l.program.Kill()
	}
}

// over tells the board that the run has ended.
type over struct{}

// redraw is how often the countdown moves.
const redraw = 200 * time.Millisecond

type tick time.Time

func ticking() tea.Cmd { return tea.Tick(redraw, func(t time.Time) tea.Msg { return tick(t) }) }

// Init starts the clock.
func (b board) Init() tea.Cmd { return ticking() }

// Update takes an event of the run, the clock, or the size of the window.
func (b board) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch m := msg.(type) {
	case verify.Event:
		return b.with(m), nil
	case tick:
		return b, ticking()
	case tea.WindowSizeMsg:
		b.width = m.Width
		return b, nil
	case over:
		return b, tea.Quit
	}
	return b, nil
}

// View draws the board.
func (b board) View() tea.View { return tea.NewView(b.draw()) }

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// display is how a run is shown while it goes on.
type display struct {
	quiet, json, plain bool
}

func (d *display) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&d.quiet, "quiet", "q", false, "show nothing but one line with the verdict")
	cmd.Flags().BoolVar(&d.json, "json", false, "show every event as a line of JSON, and the record last")
	cmd.Flags().BoolVar(&d.plain, "plain", false, "show timestamped lines, also on a terminal")
	cmd.MarkFlagsMutuallyExclusive("quiet", "json", "plain")
}

// view shows one run. The run never waits for it: events queue up behind a slow or stopped terminal.
type view struct {
	show display
	out  io.Writer
	sink sink

	mu     sync.Mutex
	ready  *sync.Cond
	queue  []verify.Event
	begun  bool
	closed bool
	done   chan struct{}
}

// sink takes the events of a run, one at a time.
type sink interface {
	show(e verify.Event)
	finish()
}

// lastWords is how long a view may take to show what is left when the run is over.
const lastWords = 2 * time.Second

// open makes the view that suits the flags and the terminal.
func (d display) open(cmd *cobra.Command, sc *scenarios.Scenario) *view {
	v := &view{show: d, out: cmd.OutOrStdout(), done: make(chan struct{})}
	v.ready = sync.NewCond(&v.mu)
	tty, isTTY := terminal(v.out)
	switch {
	case d.quiet:
		v.sink = silent{}
	case d.json:
		v.sink = jsonLines{json.NewEncoder(v.out)}
	case isTTY && !d.plain:
		v.sink = newLive(tty, sc)
	default:
		v.sink = &plainLines{out: v.out}
	}
	return v
}

// begin starts showing; until then a plan and a question may use the terminal.
func (v *view) begin(string) {
	v.mu.Lock()
	v.begun = true
	v.mu.Unlock()
	go v.pump()
}

func (v *view) observe(e verify.Event) {
	v.mu.Lock()
	v.queue = append(v.queue, e)
	v.mu.Unlock()
	v.ready.Signal()
}

func (v *view) pump() {
	defer close(v.done)
	for {
		v.mu.Lock()
		for len(v.queue) == 0 && !v.closed {
			v.ready.Wait()
		}
		batch, over := v.queue, v.closed
		v.queue = nil
		v.mu.Unlock()
		for _, e := range batch {
			v.sink.show(e)
		}
		if over {
			v.sink.finish()
			return
		}
	}
}

// close shows what is left, unless the terminal does not take it in time. It may be called although nothing began.
func (v *view) close() {
	v.mu.Lock()
	v.closed = true
	begun := v.begun
	v.mu.Unlock()
	v.ready.Signal()
	if !begun {
		return
	}
	select {
	case <-v.done:
	case <-time.After(lastWords):
	}
}

// result shows what came out, and where the reports lie.
func (v *view) result(record judge.Record, dir string) {
	switch {
	case v.show.quiet:
		fmt.Fprintln(v.out, reports.Line(record))
	case v.show.json:
		_ = json.NewEncoder(v.out).Encode(record) // a reader that has gone away does not change the verdict
	default:
		_, isTTY := terminal(v.out)
		_ = reports.Text(isTTY)(v.out, []judge.Record{record})
		fmt.Fprintf(v.out, "\nreport  %s\n", filepath.Join(dir, "report.html"))
	}
}

type silent struct{}

func (silent) show(verify.Event) {}
func (silent) finish()           {}

type jsonLines struct{ enc *json.Encoder }

func (j jsonLines) show(e verify.Event) { _ = j.enc.Encode(e) }
func (jsonLines) finish()               {}

type plainLines struct {
	out      io.Writer
	narrator judge.Narrator
}

func (p *plainLines) show(e verify.Event) {
	if text := p.narrator.Tell(e); text != "" {
		fmt.Fprintf(p.out, "%s  %s\n", e.At.Local().Format("15:04:05.000"), show.OneLine(text))
	}
}
func (*plainLines) finish() {}

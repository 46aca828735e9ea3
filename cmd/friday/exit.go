package main

import (
	"errors"

	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/judge"
)

// The exit codes, part of the contract with pipelines.
const (
	exitPass        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitCannotTell  = 3
	exitAborted     = 4
	exitUnrestored  = 5
	exitUntold      = 6
	exitInterrupted = 130
)

// exitStatus is shown in the help of every command that runs something.
const exitStatus = `
Exit status:
  0    every expectation passed
  1    an expectation failed
  2    bad usage, configuration or scenario; nothing was touched
  3    could not tell (VOID, INCONCLUSIVE, IMPOSSIBLE, or not ready to start)
  4    aborted by a guard rail, friday halt or a failure; everything was restored
  5    something was not restored: run friday recover (outranks all others)
  6    every expectation passed, but somebody was not told of it (--notify)
  130  interrupted; everything was restored`

// exitError is an error with an exit code. With a nil err everything has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as the user's: exit code 2. A nil error stays nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

// exitCode is the only place that turns errors into codes.
func exitCode(err error) int {
	var known *exitError
	var refused *scenarios.Refusal
	var stopped *scenarios.Stop
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &known):
		return known.code
	case errors.As(err, &refused):
		return map[scenarios.Class]int{scenarios.CannotTell: exitCannotTell, scenarios.Misuse: exitUsage, scenarios.Owing: exitUnrestored}[refused.Class]
	case errors.As(err, &stopped):
		return stopCode(stopped.By)
	default:
		return exitUsage
	}
}

// stopCode is the exit code of a run that was stopped, and restored.
func stopCode(by verify.Cause) int {
	if by == verify.BySignal {
		return exitInterrupted
	}
	return exitAborted
}

// recordCode is the exit code of a judged run.
func recordCode(r judge.Record) int {
	switch r.Verdict.Class() {
	case judge.Passed:
		return exitPass
	case judge.Failed:
		return exitFailed
	case judge.Left:
		return exitUnrestored
	case judge.Stopped:
		if r.Aborted == nil {
			return exitAborted
		}
		return stopCode(r.Aborted.By)
	case judge.CannotTell:
		return exitCannotTell
	}
	return exitCannotTell
}

// worstCode picks from the codes of several runs the one that outranks the others.
func worstCode(codes []int) int {
	for _, code := range []int{exitUnrestored, exitInterrupted, exitAborted, exitUsage, exitFailed, exitCannotTell, exitUntold} {
		for _, c := range codes {
			if c == code {
				return code
			}
		}
	}
	return exitPass
}

// message is an error as the user sees it; errors of files speak for themselves.
func message(err error) string {
	return "friday: " + err.Error()
}

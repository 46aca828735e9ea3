package proc

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// Info is a process that a Match has found.
type Info struct {
	ID
	Name    string // what it was matched by: the base name of its command where it has one, else the kernel's name
	Command string // its whole command line, words joined by single spaces
}

// String is the process for people: checkout (pid 812).
func (i Info) String() string { return fmt.Sprintf("%s (pid %d)", i.Name, i.PID) }

// Empty reports whether nothing is asked for, which selects nothing.
func (m Match) Empty() bool {
	return m.Name.Empty() && m.Command.Empty() && m.PIDFile == "" && m.Port == 0 && m.User == "" && m.Cgroup.Empty() && m.Unit == ""
}

// errEmpty refuses a selector that would mean every process.
var errEmpty = errors.New("a process selector needs at least one of name, command, pid_file, port, user, cgroup, unit")

// names are all names that a process goes by.
func names(comm, exe string, argv []string) []string {
	all := []string{comm}
	if len(argv) > 0 && argv[0] != "" {
		all = append(all, filepath.Base(argv[0]))
	}
	if exe != "" {
		all = append(all, filepath.Base(exe))
	}
	return slices.Compact(all)
}

package proc

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Info is a process that a Match has found.
type Info struct {
	ID
	Name    string // what it was matched by: the base name of its command where it has one, else the kernel's name
	Command string // its whole command line, words joined by single spaces
}

// String is the process for people: checkout (pid 812).
func (i Info) String() string { return fmt.Sprintf("%s (pid %d)", i.Name, i.PID) }

// names are all names that a process goes by, the kernel's first.
func names(comm, exe string, argv []string) []string {
	all := []string{comm}
	if len(argv) > 0 && argv[0] != "" {
		all = append(all, filepath.Base(argv[0]))
	}
	if exe != "" {
		all = append(all, filepath.Base(strings.TrimSuffix(exe, " (deleted)"))) // the file was replaced by a newer one
	}
	return slices.Compact(all)
}

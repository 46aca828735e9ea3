// Package proc looks at processes: who they are beyond confusion, which ones a selector means, and where they live.
package proc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/failurefriday/friday/internal/match"
)

// Match selects processes; every field that is set must match, and at least one must be set.
type Match struct {
	Name    match.Pattern `yaml:"name" json:"name,omitzero" doc:"name of the program: the base name of its command, or the kernel's 15-character name of it"`
	Command match.Pattern `yaml:"command" json:"command,omitzero" doc:"the whole command line, words joined by single spaces; mostly a /regexp/"`
	PIDFile string        `yaml:"pid_file" json:"pid_file,omitzero" doc:"path of a file that holds the pid"`
	Port    int           `yaml:"port" json:"port,omitzero" doc:"TCP port on which the process listens"`
	User    string        `yaml:"user" json:"user,omitzero" doc:"name or number of the user it runs as"`
	Cgroup  match.Pattern `yaml:"cgroup" json:"cgroup,omitzero" doc:"path of its cgroup"`
	Unit    string        `yaml:"unit" json:"unit,omitzero" doc:"systemd unit that it belongs to"`
}

// errEmpty refuses a selector that would mean every process.
var errEmpty = errors.New("a process selector needs at least one of name, command, pid_file, port, user, cgroup, unit")

// Empty reports whether nothing is asked for, which selects nothing.
func (m Match) Empty() bool { return m.String() == "" }

// String is m for people: name checkout, port 8080.
func (m Match) String() string {
	var parts []string
	add := func(set bool, key string, value any) {
		if set {
			parts = append(parts, fmt.Sprintf("%s %v", key, value))
		}
	}
	add(!m.Name.Empty(), "name", m.Name)
	add(!m.Command.Empty(), "command", m.Command)
	add(m.PIDFile != "", "pid_file", m.PIDFile)
	add(m.Port != 0, "port", m.Port)
	add(m.User != "", "user", m.User)
	add(!m.Cgroup.Empty(), "cgroup", m.Cgroup)
	add(m.Unit != "", "unit", m.Unit)
	return strings.Join(parts, ", ")
}

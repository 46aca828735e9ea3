// Package proc looks at processes: who they are beyond confusion, which ones a selector means, and where they live.
package proc

import (
	"github.com/failurefriday/friday/internal/match"
)

// Match selects processes; every field that is set must match, and at least one must be set.
type Match struct {
	Name    match.Pattern `yaml:"name" doc:"name of the program: the base name of its command, or the kernel's 15-character name of it"`
	Command match.Pattern `yaml:"command" doc:"the whole command line, words joined by single spaces; mostly a /regexp/"`
	PIDFile string        `yaml:"pid_file" doc:"path of a file that holds the pid"`
	Port    int           `yaml:"port" doc:"TCP port on which the process listens"`
	User    string        `yaml:"user" doc:"name or number of the user it runs as"`
	Cgroup  match.Pattern `yaml:"cgroup" doc:"path of its cgroup"`
	Unit    string        `yaml:"unit" doc:"systemd unit that it belongs to"`
}

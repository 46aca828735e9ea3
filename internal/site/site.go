// Package site describes where a process lives, so that two of them can be compared for shared fate.
package site

// Process names one process beyond confusion with a later one of the same pid on the same boot.
type Process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks after boot, /proc/PID/stat field 22
	Name  string `json:"name"`
}

// Site is the place of one process. A zero field means "not known" and is never equal to anything.
type Site struct {
	Host      string    `json:"host,omitempty"`
	Process   Process   `json:"process"`
	Ancestors []Process `json:"ancestors,omitempty"` // parent first; pid 1 is left out
	Group     int       `json:"group,omitempty"`     // process group
	Session   int       `json:"session,omitempty"`
	Cgroup    string    `json:"cgroup,omitempty"`    // the most specific path; "" for the root cgroup
	Container string    `json:"container,omitempty"` // full container id, read from the cgroup path
	NetNS     uint64    `json:"netns,omitempty"`     // inode of the network namespace
	Unit      string    `json:"unit,omitempty"`      // systemd unit
}

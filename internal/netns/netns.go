// Package netns names network namespaces beyond confusion, finds them again, and enters them.
package netns

import (
	"errors"
	"fmt"
)

// ErrGone means that the namespace does not exist any more, and with it everything that was installed in it.
var ErrGone = errors.New("the network namespace is not there any more")

// ID is one network namespace of one boot. The kernel gives inodes away again, so its cookie, which it never does, goes
// with it (Linux 5.12 and newer; 0 on older ones).
type ID struct {
	Inode  uint64 `json:"inode"`
	Cookie uint64 `json:"cookie,omitempty"`
	Boot   string `json:"boot"`
}

// String is the namespace for people.
func (id ID) String() string { return fmt.Sprintf("network namespace %d", id.Inode) }

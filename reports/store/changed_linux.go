package store

import (
	"io/fs"
	"syscall"
)

// changed is when the file, or anything about it, was last changed, by the clock of the file system.
func changed(info fs.FileInfo) int64 {
	if is, ok := info.Sys().(*syscall.Stat_t); ok {
		return is.Ctim.Nano()
	}
	return 0
}

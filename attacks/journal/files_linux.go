package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// setAside reserves space behind the end of a file without changing its length, where the file system can.
func setAside(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return err
}

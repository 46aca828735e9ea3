package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// setAside reserves space up to an offset, behind the end of a file and without changing its length, where the file
// system can.
func setAside(f *os.File, end int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, end)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS), err == nil:
			return nil
		default:
			return os.NewSyscallError("fallocate", err)
		}
	}
}

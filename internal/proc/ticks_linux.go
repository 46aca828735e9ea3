package proc

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// ticksPerSecond is USER_HZ, in which the kernel tells start times; it is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// Ticks is the time since boot in the unit of ID.Start.
func Ticks() (uint64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, fmt.Errorf("cannot read the time since boot: %w", err)
	}
	return uint64(t.Sec)*ticksPerSecond + uint64(t.Nsec)*ticksPerSecond/1e9, nil
}

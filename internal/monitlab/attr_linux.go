package monitlab

import "syscall"

// dieWithUs has the kernel kill the child when the thread that started it ends.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

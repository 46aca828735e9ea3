// Package maillab runs a real mail system for tests: Dovecot with one mailbox, reached by IMAP and LMTP, and OpenSMTPD
// before it. Everything listens on free ports of the loopback. The servers live in a mount and a PID namespace of their
// own, with their spools, sockets and mails on a tmpfs: they never meet a mail system of the host, and nothing of them is
// left when their first process is gone, which the kernel sees to when the test process dies.
//
//	box := maillab.Dovecot(t)
//	smarthost := box.OpenSMTPD(t)
//
// This needs root and Linux. Without them, or where a program is not installed, the test is skipped, or fails if CI=true.
// Only tests import this package.
package maillab

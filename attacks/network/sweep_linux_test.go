package network

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideEnv tells a test that it runs inside of what apart made.
const insideEnv = "FRIDAY_TEST_INSIDE"

// apart runs a test once more, as the only test of a process that sees no other process and no other namespace than its
// own and those that it makes: others may have tables of ours at the same time, which are none of its business. It returns
// true inside.
func apart(t *testing.T, attr *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv(insideEnv) == t.Name() {
		return true
	}
	needsRoot(t)
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"="+t.Name())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("%v: %s", err, out)
	}
	return false
}

func TestSweepFindsAllTablesWithNoJournal(t *testing.T) {
	if !apart(t, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET}) {
		return
	}
	must(t, unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""), unix.Mount("tmpfs", "/run", "tmpfs", 0, ""))
	lan := newLAN(t, 3)
	a, b, c := lan[0], lan[1], lan[2]
	bound := bind(t, c)
	a.feed(t, foreign)
	before := a.rules(t)
	p := cutOff(a, Filter{Peers: []string{everything}})
	var want []string
	for _, change := range slices.Concat(strike(t, p, 1), strike(t, &Loss{Targets: Targets{In: a.in()}, Percent: 1}, 1),
		strike(t, &DNS{Targets: Targets{In: b.in()}}, 1), strike(t, &DNS{Targets: Targets{In: Where{NetNS: bound}}}, 1)) {
		u, err := readTable(change)
		must(t, err)
		want = append(want, fmt.Sprintf("deleted the nftables table inet %s in network namespace %d", u.Table, u.NS.Inode))
	}
	must(t, c.cmd.Process.Kill())
	_ = c.cmd.Wait()                           // killed, of course: nothing but the name leads to its namespace
	mended, err := (&DNS{}).Sweep(t.Context()) // whichever kind is asked
	slices.Sort(mended)
	slices.Sort(want)
	if err != nil || strings.Join(mended, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %v, %v, want %v", mended, err, want)
	}
	if now := a.rules(t); now != before || b.rules(t) != "" {
		t.Errorf("sweeping left\n%s\nwant\n%s", now, before)
	}
	if mended, err := p.Sweep(t.Context()); err != nil || len(mended) > 0 {
		t.Errorf("the second time: %v, %v", mended, err)
	}
}

func TestWithoutPrivilegesThePlanSaysSo(t *testing.T) {
	if !apart(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}) {
		return
	}
	err := rehearse(PartitionKind.Name, "nftables", []order{{cut: cut{Everything: true, Out: true, Action: drop, Share: whole}}})
	if !contains(err, "run friday as root, or with CAP_SYS_ADMIN") {
		t.Errorf("got %v, want what is missing", err)
	}
}

func TestARehearsalThatFailsNamesAnAlternative(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	err := rehearse(DNSKind.Name, "this and that", []order{{cut: cut{Everything: true, Out: true, Action: drop, Share: whole}}, {cut: cut{Peers: []string{"no address"}, Action: drop}}})
	for _, want := range []string{"cannot do network.dns", "no address", "it needs this and that", "network.blackhole"} {
		if !contains(err, want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

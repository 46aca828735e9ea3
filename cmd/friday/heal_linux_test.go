package main

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lease is how long the kernel keeps a partition in force that nobody renews.
const lease = 10 * time.Second

// reaches reports whether one namespace can reach the other.
func (r *rack) reaches() bool {
	return exec.Command("ip", "netns", "exec", r.ns, "busybox", "ping", "-c", "1", "-W", "1", "192.0.2.2").Run() == nil
}

// killAll kills a runner and its guard. The runner is stopped first: it reverts as soon as it sees that its guard is dead.
func (r *rack) killAll(runner *exec.Cmd) {
	r.t.Helper()
	signalTo(r.t, runner, syscall.SIGSTOP)
	killGuards(r.t, r.state())
	signalTo(r.t, runner, syscall.SIGKILL)
	_ = runner.Wait()
	killGuards(r.t, r.state())
}

// orphan cuts the namespaces off from each other, kills runner and guard, and returns how long the fault outlived them.
func (r *rack) orphan(scenario string) time.Duration {
	r.t.Helper()
	eventually(r.t, "the network works", r.reaches)
	cmd, out := r.start("run", "--yes", "--quiet", scenario)
	eventually(r.t, "the network is cut", func() bool {
		if cmd.ProcessState != nil {
			r.t.Fatal(out)
		}
		return !r.reaches()
	})
	r.killAll(cmd)
	killed := time.Now()
	eventually(r.t, "the kernel heals the network", r.reaches)
	return time.Since(killed)
}

func (r *rack) cutScenario() string {
	return r.write("cut.yaml", fmt.Sprintf(`name: cut
steps:
  - name: cut
    attacks:
      - network.partition: {in: {netns: %s}, peers: [192.0.2.2]}
    hold: 5m
    expect:
      - fires: {service: nobody}
`, r.ns))
}

// TestTheKernelHealsAPartition: with runner and guard both killed, and nobody calling friday recover, the network is
// whole again when the lease is over. What is left is a table that does nothing, and recover takes that away.
func TestTheKernelHealsAPartition(t *testing.T) {
	t.Parallel()
	r := newRack(t)
	rules := func() string { return tool(t, "ip", "netns", "exec", r.ns, "nft", "list", "ruleset") }
	if took := r.orphan(r.cutScenario()); took > lease+3*time.Second {
		t.Errorf("the fault outlived everybody by %s", took)
	}
	if !strings.Contains(rules(), "table inet friday_") {
		t.Error("the table is gone: then it was not the kernel that healed")
	}
	if code, out := r.run("recover"); code != exitPass || rules() != "" || len(r.journals()) > 0 {
		t.Errorf("recover: exit code %d\n%s\n%s", code, out, rules())
	}
}

// alone hides every process and every namespace of this machine but one, and then runs a command: what sweeps the whole
// machine must not sweep other tests away.
const alone = `
touch kept
mount --bind "/run/netns/$0" kept
mount -t tmpfs none /run/netns
[ ! -d /run/docker/netns ] || mount -t tmpfs none /run/docker/netns
touch "/run/netns/$0"
mount --bind kept "/run/netns/$0"
umount kept
exec "$@"
`

// TestSweepFindsWhatNoJournalTellsOf: with the state directory lost, the marks are enough.
func TestSweepFindsWhatNoJournalTellsOf(t *testing.T) {
	t.Parallel()
	r := newRack(t)
	eventually(t, "the network works", r.reaches)
	cmd, out := r.start("run", "--yes", "--quiet", r.cutScenario())
	eventually(t, "the network is cut", func() bool { return !r.reaches() })
	r.killAll(cmd)
	tool(t, "rm", "-r", r.state())
	sweep := exec.Command("unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-euc", alone, r.ns, r.exe, "--state", r.state(), "recover", "--sweep")
	sweep.Dir = r.dir
	if said, err := sweep.CombinedOutput(); err != nil || !strings.Contains(string(said), "friday_") || !r.reaches() {
		t.Errorf("it said %s, %v\n%s", said, err, out)
	}
}

// BenchmarkKernelHeals measures how long a partition outlives runner and guard.
func BenchmarkKernelHeals(b *testing.B) {
	r := newRack(b)
	scenario := r.cutScenario()
	var longest time.Duration
	for range max(b.N, 3) {
		longest = max(longest, r.orphan(scenario))
		eventually(b, "nothing is owed", func() bool { code, _ := r.run("recover"); return code == exitPass })
	}
	b.ReportMetric(longest.Seconds(), "longest-s")
	b.ReportMetric(0, "ns/op")
}

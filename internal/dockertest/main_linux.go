package dockertest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shared is the engine of this process. A test binary has no better place to keep what its tests share.
var shared struct {
	once   sync.Once
	main   bool // Main is in charge, so that somebody ends it
	daemon *Daemon
	err    error
}

// Main runs the tests and then ends the engine, if one of them needed it. It returns the exit code of the process. It
// must be called before anything else: the process is started once more, as the one that cleans up if it is killed.
func Main(m *testing.M) int {
	if slot := os.Getenv(reaperEnv); slot != "" {
		return reap(slot)
	}
	shared.main = true
	code := m.Run()
	if shared.daemon == nil {
		return code
	}
	if err := shared.daemon.end(); err != nil {
		fmt.Fprintln(os.Stderr, "dockertest: something is left over:", err)
		return max(code, 1)
	}
	return code
}

// Start returns the engine that all tests of this process share, and starts it if it is the first to ask. DOCKER_HOST
// names it from then on.
func Start(t testing.TB) *Daemon {
	t.Helper()
	if !shared.main {
		t.Fatal("dockertest: write func TestMain(m *testing.M) { os.Exit(dockertest.Main(m)) }, so that the engine is ended")
	}
	able(t)
	shared.once.Do(func() {
		shared.daemon, shared.err = begin(nil)
		if shared.err != nil {
			return
		}
		for _, name := range []string{"DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION"} {
			os.Unsetenv(name)
		}
		os.Setenv("DOCKER_HOST", shared.daemon.Host)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.daemon
}

// LiveRestore makes containers live on while their engine is down.
const LiveRestore = "--live-restore"

// New starts an engine for one test, to be stopped and killed at will, with further flags of dockerd. DOCKER_HOST does
// not name it: it is Daemon.Host.
func New(t testing.TB, flags ...string) *Daemon {
	t.Helper()
	able(t)
	d, err := begin(flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.end(); err != nil {
			t.Errorf("dockertest: something is left over: %v", err)
		}
	})
	return d
}

// able leaves the test out where no engine can run; with CI=true that is a failure.
func able(t testing.TB) {
	t.Helper()
	var missing []string
	if os.Getuid() != 0 {
		missing = append(missing, "root")
	}
	for _, program := range []string{"dockerd", "containerd", "runc"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	if busybox, err := exec.LookPath("busybox"); err != nil || static(busybox) != nil {
		missing = append(missing, "a static busybox (Debian: busybox-static)")
	}
	if len(missing) > 0 {
		LeaveOut(t, "a Docker engine for tests needs "+strings.Join(missing, ", "))
	}
}

// LeaveOut skips the test because of something that is not there; with CI=true, where everything is to be there, the
// test fails.
func LeaveOut(t testing.TB, why string) {
	t.Helper()
	if slices.Contains([]string{"true", "1"}, os.Getenv("CI")) {
		t.Fatal("with CI=true nothing is left out: " + why)
	}
	t.Skip("left out: " + why)
}

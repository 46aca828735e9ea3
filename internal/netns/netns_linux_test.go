package netns

import (
	"errors"
	"net"
	"os"
	"sync"
	"testing"
)

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("left out: entering network namespaces needs root")
	}
}

func close1(t *testing.T, h *Handle) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

func interfaces(t *testing.T, h *Handle) int {
	t.Helper()
	n := 0
	if err := h.Do(func() error {
		all, err := net.Interfaces()
		n = len(all)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSelfIsFoundAgain(t *testing.T) {
	needsRoot(t)
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	defer close1(t, self)
	again, err := Open(self.ID)
	if err != nil || again.ID != self.ID {
		t.Fatalf("got %v, want %v", err, self.ID)
	}
	close1(t, again)
	for _, hint := range []string{self.Path, "/proc/1/ns/net", "/nowhere", ""} { // a hint that is wrong does no harm
		h, err := Open(self.ID, hint)
		if err != nil || h.ID != self.ID {
			t.Fatalf("hint %q: got %v", hint, err)
		}
		close1(t, h)
	}
	mine, err := OfProcess(os.Getpid())
	if err != nil || mine.ID != self.ID {
		t.Fatalf("got %v, want %v", err, self.ID)
	}
	close1(t, mine)
}

func TestScratchIsEmptyAndVanishes(t *testing.T) {
	needsRoot(t)
	h, err := Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if n := interfaces(t, h); n > 2 { // lo, and where the kernel makes one a tunnel
		t.Errorf("a new namespace has %d interfaces", n)
	}
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	defer close1(t, self)
	if self.ID == h.ID {
		t.Error("a scratch namespace is our own")
	}
	id := h.ID
	close1(t, h)
	if _, err := Open(id); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func TestAnotherCookieIsAnotherNamespace(t *testing.T) {
	needsRoot(t)
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	defer close1(t, self)
	for _, forged := range []ID{
		{self.ID.Inode, self.ID.Cookie + 1, self.ID.Boot},
		{self.ID.Inode, self.ID.Cookie, "another boot"},
		{1, self.ID.Cookie, self.ID.Boot},
	} {
		if _, err := Open(forged); !errors.Is(err, ErrGone) {
			t.Errorf("%+v: got %v, want ErrGone", forged, err)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "../net"} {
		if _, err := Named(name); err == nil || errors.Is(err, ErrGone) {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if _, err := Named("friday-has-no-such"); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func TestEachSeesOurOwn(t *testing.T) {
	needsRoot(t)
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	defer close1(t, self)
	seen := 0
	if err := Each(func(h *Handle) error {
		if h.ID == self.ID {
			seen++
		}
		return nil
	}); err != nil || seen != 1 {
		t.Errorf("seen %d times, %v", seen, err)
	}
}

// TestWeStayWhereWeAre: the main thread of a process never ends, and /proc/self is where it is. Were it ever sent into
// another namespace, this process would count as living there for good.
func TestWeStayWhereWeAre(t *testing.T) {
	needsRoot(t)
	before, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	h, err := Scratch()
	if err != nil {
		t.Fatal(err)
	}
	defer close1(t, h)
	for range 300 {
		var all sync.WaitGroup
		for range 4 { // more than there are cores: whatever thread is idle is taken
			all.Go(func() {
				if err := h.Do(func() error { return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if now, err := os.Readlink("/proc/self/ns/net"); err != nil || now != before {
			t.Fatalf("we live in %s, %v, and did in %s", now, err, before)
		}
	}
}

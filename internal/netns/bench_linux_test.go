package netns

import (
	"os/exec"
	"testing"
)

// BenchmarkOpen finds a namespace again that one process among all of this machine is in.
func BenchmarkOpen(b *testing.B) {
	if h, err := Scratch(); err != nil {
		b.Skip("left out: ", err)
	} else {
		b.Cleanup(func() { _ = h.Close() })
	}
	cmd := exec.Command("unshare", "--net", "sleep", "600")
	if err := cmd.Start(); err != nil {
		b.Skip("left out: ", err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	self, err := Self()
	if err != nil {
		b.Fatal(err)
	}
	var there *Handle
	for there == nil || there.ID == self.ID { // until it has left ours
		if there, err = OfProcess(cmd.Process.Pid); err != nil {
			b.Fatal(err)
		}
	}
	open := func(b *testing.B, hints ...string) {
		for b.Loop() {
			h, err := Open(there.ID, hints...)
			if err != nil {
				b.Fatal(err)
			}
			if err := h.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("searched", func(b *testing.B) { open(b) })
	b.Run("hinted", func(b *testing.B) { open(b, there.Path) })
}

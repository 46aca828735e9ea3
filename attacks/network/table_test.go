package network

import (
	"testing"

	"github.com/failurefriday/friday/attacks"
)

func TestEffectInWords(t *testing.T) {
	for _, c := range []struct {
		packets, bytes uint64
		action, want   string
	}{
		{0, 0, drop, "0 packets dropped (0 B)"},
		{1, 1023, drop, "1 packet dropped (1023 B)"},
		{214, 12390, drop, "214 packets dropped (12.1 KiB)"},
		{3, 1 << 20, prohibit, "3 packets refused (1.0 MiB)"},
		{3, 5 << 50, unreachable, "3 packets refused (5120.0 TiB)"},
	} {
		if got := effect(cut{Action: c.action}, c.packets, c.bytes); got.Text != c.want || got.Hits != c.packets {
			t.Errorf("got %+v, want %s", got, c.want)
		}
	}
}

func TestUndoThatIsNotOurs(t *testing.T) {
	for _, undo := range []string{
		`{"table":"nat","ns":{"inode":1},"lease_ms":1}`,
		`{"table":"friday_rules","ns":{"inode":1},"lease_ms":1}`,
		`{"table":"friday_0123456789ab","ns":{},"lease_ms":1}`,
		`{"table":"friday_0123456789ab","ns":{"inode":1}}`,
		`{"table":"friday_0123456789ab0","ns":{"inode":1},"lease_ms":1}`,
	} {
		if u, err := readTable(attacks.Change{Undo: []byte(undo)}); err == nil {
			t.Errorf("%s: got %+v", undo, u)
		}
	}
}

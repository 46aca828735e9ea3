package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

func TestPortsFromText(t *testing.T) {
	for text, want := range map[string]Ports{"1": {1, 1}, "5432": {5432, 5432}, "8000-8100": {8000, 8100}, "1-65535": {1, 65535}} {
		var got Ports
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want || got.String() != text {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "65536", "-1", "1-", "-", "8100-8000", "http", "80,81", "1-2-3", " 80", "0x50"} {
		var got Ports
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: got %v and no error", text, got)
		}
	}
}

func TestParsePeer(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.5":            "10.0.0.5/32",
		"10.0.0.0/8":          "10.0.0.0/8",
		"::ffff:10.0.0.5":     "10.0.0.5/32",
		"fd00::5":             "fd00::5/128",
		"fd00::/8":            "fd00::/8",
		"0.0.0.0/0":           "0.0.0.0/0",
		"db":                  "name db",
		"db.example.com":      "name db.example.com",
		"my_db-1":             "name my_db-1",
		"5gate.example":       "name 5gate.example",
		"everything":          "everything",
		"db.example.com.":     "name db.example.com.",
		"xn--bcher-kva.local": "name xn--bcher-kva.local",
	} {
		p, err := parsePeer(text)
		got := p.prefix.String()
		switch {
		case p.everything:
			got = everything
		case p.name != "":
			got = "name " + p.name
		}
		if err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
	for text, hint := range map[string]string{
		"":                   "neither",
		"10.0.0":             "neither",
		"10.0.0.256":         "neither",
		"10.0.0.5/8":         "10.0.0.0/8",
		"10.0.0.0/33":        "no network",
		"::ffff:10.0.0.0/96": "no network",
		"10.0.0.5:5432":      "ports belong in ports",
		"[fd00::5]:80":       "ports belong in ports",
		"fe80::1%eth0":       "leave %eth0 out",
		"0.0.0.0":            "everything",
		"::":                 "everything",
		"a b":                "neither",
		"-db":                "neither",
		"/db/":               "no network",
		"http://db":          "no network",
	} {
		if p, err := parsePeer(text); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: got %+v, %v, want an error with %q", text, p, err, hint)
		}
	}
}

// faults decodes parameters as a scenario file would have them, and returns what is wrong with them.
func faults(t *testing.T, kind attacks.Kind, text string) string {
	t.Helper()
	report := diag.NewReport([]byte(text))
	if root := decode.Parse("f", []byte(text), report); root != nil {
		decode.Into(root, kind.New(), nil, report)
	}
	if err := report.Err(); err != nil {
		return err.Error()
	}
	return ""
}

func TestFaultsAreToldWhereTheyAre(t *testing.T) {
	for _, c := range []struct {
		kind attacks.Kind
		text string
		want []string // each in the report; none means that there is no report
	}{
		{PartitionKind, PartitionKind.Example, nil},
		{LossKind, LossKind.Example, nil},
		{DNSKind, DNSKind.Example, nil},
		{PartitionKind, "{in: {host: true}, peers: [a, 10.0.0.5/8, b, 1.2.3], ports: [80]}", []string{"f:1:31", "f:1:46", "10.0.0.0/8"}},
		{PartitionKind, "{in: {host: true}, peers: [a], ports: [80, 99999, x]}", []string{"f:1:44", "f:1:51", "99999"}},
		{PartitionKind, "{in: {host: true}, peers: [a], protocol: sctp, direction: up}", []string{"tcp, udp, icmp or any", "in, out or both"}},
		{PartitionKind, "{in: {host: true}}", []string{"nobody is named"}},
		{PartitionKind, "{peers: [a]}", []string{"exactly one of host"}},
		{PartitionKind, "{in: {host: true, netns: x}, peers: [a]}", []string{"exactly one of host"}},
		{PartitionKind, "{in: {host: true}, peers: [127.0.0.0/8, 127.0.0.1, '::1', 127.0.0.53]}", []string{"f:1:28", "f:1:41", "f:1:52"}},
		{PartitionKind, "{in: {host: true}, peers: [127.0.0.1], ports: [1-65535]}", []string{"loopback as a whole"}},
		{PartitionKind, "{in: {host: true}, peers: [127.0.0.1, '::1'], ports: [5432]}", nil},
		{PartitionKind, "{in: {host: true}, peers: [everything], protocol: icmp, ports: [1]}", []string{"icmp has no ports"}},
		{PartitionKind, "{in: {host: true}, peer_containers: {name: db}}", nil},
		{PartitionKind, "{groups: [{netns: a}, {netns: b}]}", nil},
		{PartitionKind, "{groups: [{netns: a}]}", []string{"at least two groups"}},
		{PartitionKind, "{groups: [{netns: a}, {}]}", []string{"groups[1]: exactly one"}},
		{
			PartitionKind, "{groups: [{netns: a}, {netns: b}], in: {host: true}, peers: [a], pick: 1, direction: in, shape: halves, members: {netns: a}}",
			[]string{"in: goes", "peers: goes", "pick: goes", "direction: goes", "shape: goes", "either groups or members"},
		},
		{PartitionKind, "{members: {container: {name: /db/}}, shape: bridge, ports: [5432], protocol: tcp, reject: true}", nil},
		{PartitionKind, "{members: {container: {name: /db/}}}", []string{"needs a shape"}},
		{PartitionKind, "{shape: halves}", []string{"members: exactly one"}},
		{PartitionKind, "{members: {container: {name: /db/}}, shape: star}", []string{"f:1:45", "split-one"}},
		{LossKind, "{in: {host: true}, percent: 0}", []string{"0.01 to 100"}},
		{LossKind, "{in: {host: true}, percent: 0.004}", []string{"0.01 to 100"}},
		{LossKind, "{in: {host: true}, percent: 100.1, peers: [1.2.3]}", []string{"0.01 to 100", "peers[0]"}},
		{LossKind, "{in: {host: true}, percent: 0.01}", nil},
		{LossKind, "{in: {host: true}}", []string{"percent"}},
		{DNSKind, "{in: {host: true}, answer: nxdomain}", []string{"drop or refuse"}},
		{DNSKind, "{answer: drop}", []string{`"in"`}},
	} {
		got := faults(t, c.kind, c.text)
		if (got == "") != (len(c.want) == 0) {
			t.Errorf("%s: got %s", c.text, got)
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got\n%s\nwant %q in it", c.text, got, want)
			}
		}
	}
}

func TestSpansSayTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	small := func() netip.Addr { // few bits, so that much overlaps, and both ends of what there is
		b := byte(rng.IntN(8))
		return netip.AddrFrom4([4]byte{[]byte{0, 10, 255}[rng.IntN(3)], []byte{0, 255}[rng.IntN(2)], []byte{0, 255}[rng.IntN(2)], []byte{b, 255 - b}[rng.IntN(2)]})
	}
	for range 2000 {
		var prefixes []netip.Prefix
		for range 1 + rng.IntN(8) {
			p, err := small().Prefix([]int{0, 8, 24, 29, 30, 31, 32, 32, 32}[rng.IntN(9)])
			if err != nil {
				t.Fatal(err)
			}
			prefixes = append(prefixes, p)
		}
		merged := spans(prefixes)
		for i := 1; i < len(merged); i++ {
			if !merged[i-1].to.Next().Less(merged[i].from) {
				t.Fatalf("%v: %v touch", prefixes, merged)
			}
		}
		for range 50 {
			a := small()
			want := slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
			got := slices.ContainsFunc(merged, func(s span) bool { return s.from.Compare(a) <= 0 && a.Compare(s.to) <= 0 })
			if got != want {
				t.Fatalf("%v: %s is in %v: %v, want %v", prefixes, a, merged, got, want)
			}
		}
	}
}

func TestSpansOfSix(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"fd00::8/125 fd00::/125 fff0::/12 ::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"fd00::8/125 fd00::20/128 fd00::/125", "fd00::-fd00::f fd00::20-fd00::20"},
		{"255.255.255.255/32 ::/128", "255.255.255.255-255.255.255.255 ::-::"}, // the next one is of another kind
	} {
		var prefixes []netip.Prefix
		for _, text := range strings.Fields(c.in) {
			prefixes = append(prefixes, netip.MustParsePrefix(text))
		}
		var got []string
		for _, s := range spans(prefixes) {
			got = append(got, s.from.String()+"-"+s.to.String())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.in, got, c.want)
		}
	}
}

func TestMergePorts(t *testing.T) {
	got := fmt.Sprint(mergePorts([]Ports{{80, 80}, {8000, 8100}, {1, 79}, {8050, 9000}, {65535, 65535}, {65534, 65535}}))
	if want := "[1-80 8000-9000 65534-65535]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// fakeNames is a resolver that knows a few names.
func fakeNames(_ context.Context, host string) ([]netip.Addr, error) {
	known := map[string][]netip.Addr{
		"db":        {netip.MustParseAddr("10.0.0.6"), netip.MustParseAddr("fd00::6")},
		"localhost": {netip.MustParseAddr("127.0.0.1")},
		"mapped":    {netip.MustParseAddr("::ffff:10.0.0.9")},
	}
	if all, ok := known[host]; ok {
		return all, nil
	}
	return nil, errors.New("no such host")
}

func TestFilterAsACut(t *testing.T) {
	for _, c := range []struct {
		filter   Filter
		want     string
		words    string
		problems []string
	}{
		{
			filter: Filter{Peers: []string{"db", "10.0.0.5", "10.0.0.5/32", "mapped"}}, want: "[10.0.0.5/32 10.0.0.6/32 10.0.0.9/32 fd00::6/128]",
			words: "db (10.0.0.6, fd00::6), 10.0.0.5, 10.0.0.5/32 and mapped (10.0.0.9)",
		},
		{
			filter: Filter{Peers: []string{"1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4", "1.0.0.5", "1.0.0.6"}, Ports: []Ports{{80, 81}}, Protocol: "tcp", Direction: "in"},
			want:   "[1.0.0.1/32 1.0.0.2/32 1.0.0.3/32 1.0.0.4/32 1.0.0.5/32 1.0.0.6/32]",
			words:  "1.0.0.1, 1.0.0.2, 1.0.0.3, 1.0.0.4 and 2 more, port 80-81, tcp only, only what comes from there",
		},
		{filter: Filter{}, want: "everything", words: "everything"},
		{filter: Filter{Peers: []string{"10.0.0.5", "everything"}, Direction: "out"}, want: "everything", words: "everything, only what goes there"},
		{filter: Filter{Peers: []string{"nobody", "localhost", "db"}}, problems: []string{"address of nobody", "localhost: 127.0.0.1 is loopback as a whole"}},
		{filter: Filter{Peers: []string{"localhost"}, Ports: []Ports{{80, 80}}}, want: "[127.0.0.1/32]", words: "localhost (127.0.0.1), port 80"},
		{filter: Filter{Peers: []string{"1.2.3", "127.0.0.0/8"}, Protocol: "x"}, problems: []string{"peers[0]", "peers[1]", "protocol"}},
	} {
		c.filter.lookup = fakeNames
		got, words, err := c.filter.cut(t.Context())
		if len(c.problems) > 0 {
			for _, p := range c.problems {
				if err == nil || !strings.Contains(err.Error(), p) {
					t.Errorf("%v: got %v, want %q in it", c.filter.Peers, err, p)
				}
			}
			continue
		}
		peers := fmt.Sprint(got.Peers)
		if got.Everything {
			peers = everything
		}
		if err != nil || peers != c.want || words != c.words || got.In == (c.filter.Direction == "out") || got.Out == (c.filter.Direction == "in") {
			t.Errorf("%v: got %+v, %q, %v", c.filter.Peers, got, words, err)
		}
	}
}

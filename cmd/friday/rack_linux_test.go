package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/internal/dockertest"
)

// rack is a shop of containers that do nothing, and a pair of network namespaces, for tests that break all of them.
type rack struct {
	*shop
	top     testing.TB // what is made lives as long as this test
	ns, far string     // named namespaces with a veth pair between them
}

func newRack(t testing.TB) *rack {
	t.Helper()
	for _, program := range []string{"ip", "tc", "nft"} {
		if _, err := exec.LookPath(program); err != nil {
			dockertest.LeaveOut(t, "looking at networks needs "+program+" (Debian: iproute2, nftables)")
		}
	}
	s := newShop(t)
	r := &rack{shop: s, top: t, ns: "ff-" + s.tag + "-a", far: "ff-" + s.tag + "-b"}
	for _, name := range []string{"rack-pause", "rack-stop", "rack-crash", "rack-cut", "rack-off"} {
		r.compose(name, name, []string{"sleep", "1000"})
	}
	near, other := "va"+s.tag, "vb"+s.tag
	t.Cleanup(func() {
		for _, ns := range []string{r.ns, r.far} {
			_ = exec.Command("ip", "netns", "delete", ns).Run() // a test may have deleted it
		}
	})
	for _, line := range []string{
		"netns add " + r.ns, "netns add " + r.far,
		"link add " + near + " netns " + r.ns + " type veth peer name " + other + " netns " + r.far,
		"-n " + r.ns + " addr add 192.0.2.1/24 dev " + near, "-n " + r.far + " addr add 192.0.2.2/24 dev " + other,
		"-n " + r.ns + " addr add 2001:db8::1/64 nodad dev " + near, "-n " + r.far + " addr add 2001:db8::2/64 nodad dev " + other,
		"-n " + r.ns + " link set lo up", "-n " + r.ns + " link set " + near + " up", "-n " + r.far + " link set " + other + " up",
		"-n " + r.ns + " route add default via 192.0.2.2", "-n " + r.ns + " route add 198.51.100.0/24 via 192.0.2.2 metric 7 table 77",
	} {
		ip(t, strings.Fields(line)...)
	}
	return r
}

// settled is the fingerprint once the addresses that the kernel makes by itself are there.
func (r *rack) settled() string {
	r.t.Helper()
	eventually(r.t, "both ends of the pair are up", func() bool {
		ends := ip(r.t, "-n", r.ns, "-br", "addr") + ip(r.t, "-n", r.far, "-br", "addr")
		tentative := ip(r.t, "-n", r.ns, "-6", "addr", "show", "tentative") + ip(r.t, "-n", r.far, "-6", "addr", "show", "tentative")
		return strings.Count(ends, "fe80::") == 2 && strings.Count(ends, " UP ") == 2 && tentative == "" && r.reaches()
	})
	return r.fingerprint()
}

// ip runs the ip command.
func ip(t testing.TB, args ...string) string {
	t.Helper()
	return tool(t, "ip", args...)
}

// tool runs a program to its good end and returns what it wrote.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// siege attacks everything on the rack at once and holds it for a minute.
func (r *rack) siege() string {
	r.t.Helper()
	return r.write("siege.yaml", fmt.Sprintf(`name: siege
steps:
  - name: everything at once
    attacks:
      - network.partition: {in: {container: {project: %[1]s, service: rack-cut}}, peers: [everything]}
      - network.loss: {in: {netns: %[2]s}, percent: 50}
      - network.rate: {in: {netns: %[2]s}, rate: 1mbit}
      - network.blackhole: {in: {netns: %[2]s}, to: [203.0.113.0/24, "2001:db8:1::/48"]}
      - network.down: {in: {netns: %[3]s}, device: vb%[4]s}
      - container.pause: {match: {project: %[1]s, service: rack-pause}}
      - container.stop: {match: {project: %[1]s, service: rack-stop}, timeout: 0s}
      - container.crash: {match: {project: %[1]s, service: rack-crash}, sustain: true}
      - container.disconnect: {match: {project: %[1]s, service: rack-off}}
    hold: 1m
    expect:
      - fires: {service: nobody}
        within: 1m
`, r.project, r.ns, r.far, r.tag))
}

// fingerprint is the state of all that can be attacked, as the tools of the system show it.
func (r *rack) fingerprint() string {
	r.t.Helper()
	parts := []string{r.states()}
	spaces := [][]string{{"ip", "netns", "exec", r.ns}, {"ip", "netns", "exec", r.far}}
	for _, name := range []string{"rack-cut", "rack-off", "rack-pause"} {
		spaces = append(spaces, []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", r.engine.ContainerPID(r.t, r.ids[name]))})
	}
	for i, enter := range spaces {
		for _, look := range []string{"nft list ruleset", "ip -br addr", "ip route show table all", "ip -6 route show table all", "tc qdisc show"} {
			if i >= 2 && look != "nft list ruleset" && look != "tc qdisc show" {
				continue // the routes of a container come and go with its network
			}
			out, err := exec.Command(enter[0], append(slices.Clone(enter[1:]), strings.Fields(look)...)...).CombinedOutput()
			if err != nil {
				return fmt.Sprintf("%v %s: %v %s", enter, look, err, out) // just being restarted
			}
			parts = append(parts, look+":\n"+sorted(string(out)))
		}
	}
	return strings.Join(parts, "\n")
}

// fleeting is what Docker changes whenever a container joins a network again: the ports of its name server, how much went
// through them, and the number of the interface inside.
var fleeting = regexp.MustCompile(`(127\.0\.0\.11:|sport |packets |bytes |dev eth)\d+`)

func sorted(text string) string {
	lines := strings.Split(strings.TrimSpace(fleeting.ReplaceAllString(text, "${1}N")), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// whole waits until everything is as it was.
func (r *rack) whole(what, before string) {
	r.t.Helper()
	now := ""
	for range 200 {
		if now = r.fingerprint(); now == before {
			return
		}
	}
	r.t.Fatalf("%s: not as it was (- was, + is):\n%s", what, cmp.Diff(strings.Split(before, "\n"), strings.Split(now, "\n")))
}

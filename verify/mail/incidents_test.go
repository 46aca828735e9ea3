package mail

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/failurefriday/friday/verify"
)

// TestIncidentsOfAnyMails: for any order of mails, the incidents of a key do not overlap, each is named once, and what is
// open is what a plain count of the mails says.
func TestIncidentsOfAnyMails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var all []item
		open, triggers := map[string]bool{}, 0
		for i := range r.IntN(60) {
			m := item{uid: 1, at: start.Add(time.Duration(i/7) * time.Second), subject: "s"}
			m.means, m.key = []meaning{unmatched, foreign, trigger, trigger, resolve}[r.IntN(5)], fmt.Sprint("k", r.IntN(4))
			all = append(all, m)
			switch m.means {
			case trigger:
				open[m.key] = true
				triggers++
			case resolve:
				delete(open, m.key)
			}
		}
		checkPages(t, seed, fold(all, "mail", user), open, triggers)
		if before := fold(all[:len(all)/2], "mail", user); len(before) > 0 {
			if now := fold(all, "mail", user); now[0].ID != before[0].ID || len(now) < len(before) {
				t.Errorf("seed %d: more mails take incidents away", seed)
			}
		}
	}
}

func checkPages(t *testing.T, seed uint64, pages []page, open map[string]bool, triggers int) {
	t.Helper()
	ids, last, mails := map[string]bool{}, map[string]page{}, 0
	for _, p := range pages {
		if ids[p.ID] {
			t.Errorf("seed %d: two incidents are named %s", seed, p.ID)
		}
		ids[p.ID] = true
		if before, ok := last[p.Key]; ok && (before.Status != verify.Resolved || p.Opened.Before(before.Resolved)) {
			t.Errorf("seed %d: %s begins before %s ends", seed, p.ID, before.ID)
		}
		if (p.Status == verify.Resolved) == p.Resolved.IsZero() || !p.Resolved.IsZero() && p.Resolved.Before(p.Opened) {
			t.Errorf("seed %d: %+v", seed, p)
		}
		last[p.Key] = p
		mails += len(p.Notified)
	}
	for key, p := range last {
		if open[key] != (p.Status == verify.Triggered) {
			t.Errorf("seed %d: %s is %s, open: %v", seed, p.ID, p.Status, open[key])
		}
	}
	if mails != triggers {
		t.Errorf("seed %d: %d of %d triggers are told", seed, mails, triggers)
	}
}

// TestMailsWithoutKeyStandAlone: the fallback opens an incident for each mail.
func TestMailsWithoutKeyStandAlone(t *testing.T) {
	t.Parallel()
	one := item{uid: 1, at: start, reading: reading{means: trigger}}
	two := item{uid: 2, at: start, reading: reading{means: trigger}}
	if pages := fold([]item{one, two}, "mail", user); len(pages) != 2 || pages[0].ID == pages[1].ID || pages[0].Notified[0].Who != user {
		t.Errorf("got %+v", pages)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	type seen struct{ stamp, asked, seen float64 } // seconds
	for _, c := range []struct {
		name  string
		mails []seen
		want  time.Duration
		known bool
	}{
		{"nothing", nil, 0, false},
		{"clocks agree", []seen{{10, 9.5, 10.7}, {20, 20.1, 21.2}}, 0, true},
		{"ten seconds ahead", []seen{{20, 9.5, 10.5}}, 10500 * time.Millisecond, true},
		{"ten seconds behind", []seen{{0, 9.5, 10.5}}, -9500 * time.Millisecond, true},
		{"two mails say more than one", []seen{{20, 9.5, 10.5}, {25, 15.4, 15.6}}, 10 * time.Second, true},
		{"a mail that was moved here later", []seen{{10, 9.5, 10.5}, {5, 12, 13}}, 0, true},
		{"a mail that was moved here before", []seen{{5, 12, 13}, {20, 19.5, 20.5}}, 0, true},
		{"yesterday's mail", []seen{{-86400, 12, 13}}, 0, false},
	} {
		var k clock
		for _, m := range c.mails {
			at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
			k.observe(at(m.stamp), at(m.asked), at(m.seen))
		}
		got, known := k.offset()
		if off := got - c.want; known != c.known || off > 100*time.Millisecond || off < -100*time.Millisecond {
			t.Errorf("%s: %s, %v; want %s, %v", c.name, got, known, c.want, c.known)
		}
	}
	var k clock
	k.observe(start, time.Time{}, start)
	if _, known := k.offset(); known {
		t.Error("a mail of the first look may have come at any time")
	}
}

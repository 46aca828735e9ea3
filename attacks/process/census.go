package process

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/proc"
)

// starts name processes of one boot: pid to start time.
type starts map[int]uint64

func startsOf(infos []proc.Info) starts {
	s := make(starts, len(infos))
	for _, i := range infos {
		s[i.PID] = i.Start
	}
	return s
}

func (s starts) hold(id proc.ID) bool {
	start, ok := s[id.PID]
	return ok && start == id.Start
}

// tally is how the targets of one attack fare together. Which newcomer stands for which target cannot be told, so they
// are counted: the newcomers take the places of the dead in the order of their pids. Of three dead and one that came
// back, the first counts as back and the other two as down.
type tally struct {
	dead      []int       // pids of the picked that are dead, in order
	newcomers []proc.Info // match, live, were not there when the plan was made, and are not protected
}

// down reports whether the target is dead and its place empty.
func (t tally) down(pid int) bool { return slices.Index(t.dead, pid) >= len(t.newcomers) }

// full reports whether no place is empty.
func (t tally) full() bool { return len(t.newcomers) >= len(t.dead) }

// count looks at all processes once.
func (u killUndo) count(protected func(pid int) string) (tally, error) {
	var t tally
	for pid, start := range u.Picked {
		alive, err := proc.ID{PID: pid, Start: start, Boot: u.Target.Boot}.Alive()
		if err != nil {
			return t, err
		}
		if !alive {
			t.dead = append(t.dead, pid)
		}
	}
	slices.Sort(t.dead)
	found, err := proc.Find(u.Match)
	for _, p := range found {
		known := p.Boot == u.Target.Boot && (u.Picked.hold(p.ID) || u.Spared.hold(p.ID))
		if !known && protected(p.PID) == "" {
			t.newcomers = append(t.newcomers, p)
		}
	}
	return t, err
}

// censusAge is how long one look at all processes serves: the targets of one attack are looked at right after each other.
const censusAge = 10 * time.Millisecond

// census remembers a tally for a moment, so that looking at a hundred targets does not read /proc a hundred times.
type census struct {
	mu     sync.Mutex
	taken  time.Time
	picked starts // whose tally it is
	boot   string
	tally  tally
	err    error
}

func (c *census) of(u killUndo, protected func(pid int) string) (tally, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.taken) > censusAge || c.boot != u.Target.Boot || !maps.Equal(c.picked, u.Picked) {
		c.tally, c.err = u.count(protected)
		c.taken, c.picked, c.boot = time.Now(), u.Picked, u.Target.Boot
	}
	return c.tally, c.err
}

// struck forgets the newcomers: they were hit, and the other targets of the same attack must not hit them again.
func (c *census) struck() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.newcomers = nil
}

package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Debt is a change that may be in force and that nobody has settled.
type Debt struct {
	Run      string
	Entry    Entry
	Injected bool // it is known to have been tried
}

// account is all that a journal tells.
type account struct {
	run   string
	debts []Debt // in the order of their intents
}

// Owed lists what all journals of a state directory owe, oldest run first. The error names journals, or lines of them,
// that cannot be read: what they hold may be owed too.
func Owed(state string) ([]Debt, error) {
	accounts, err := readAll(state)
	var debts []Debt
	for _, a := range accounts {
		debts = append(debts, a.debts...)
	}
	return debts, err
}

func readAll(state string) ([]account, error) {
	files, err := filepath.Glob(filepath.Join(state, journalDir, "*.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("cannot look for journals: %w", err)
	}
	slices.Sort(files)
	var accounts []account
	var bad []error
	for _, file := range files {
		a, err := read(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // settled and put away in this moment
		}
		accounts = append(accounts, a)
		if err != nil {
			bad = append(bad, err)
		}
	}
	return accounts, errors.Join(bad...)
}

// read tells what a journal owes. A last line without its end was never acknowledged, so what it intends was never
// made, and it is left out. Any other line that cannot be read is an error, and what the others tell comes back all the
// same.
func read(path string) (account, error) {
	a := account{run: strings.TrimSuffix(filepath.Base(path), ".jsonl")}
	data, err := os.ReadFile(path)
	if err != nil {
		return a, fmt.Errorf("cannot read the journal: %w", err)
	}
	var bad []error
	lines := bytes.SplitAfter(data, []byte("\n"))
	for n, raw := range lines {
		if !bytes.HasSuffix(raw, []byte("\n")) {
			break // the rest after the last line: nothing, or torn
		}
		l, err := open(bytes.TrimSuffix(raw, []byte("\n")))
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", path, n+1, err))
			continue
		}
		a.apply(l)
	}
	return a, errors.Join(bad...)
}

// open breaks the seal of a line.
func open(raw []byte) (line, error) {
	sum, body, ok := bytes.Cut(raw, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || uint32(want) != crc32.ChecksumIEEE(body) {
		return line{}, errDamaged
	}
	var l line
	if err := json.Unmarshal(body, &l); err != nil {
		return line{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if l.Version != version {
		return line{}, fmt.Errorf("the line has version %d and this Friday reads version %d: use the one that wrote it", l.Version, version)
	}
	return l, nil
}

func (a *account) apply(l line) {
	switch l.Verb {
	case intend:
		for _, e := range l.Entries {
			if !e.Change.Irreversible {
				a.debts = append(a.debts, Debt{Run: a.run, Entry: e})
			}
		}
	case injected:
		for i := range a.debts {
			a.debts[i].Injected = a.debts[i].Injected || a.debts[i].Entry.ID == l.ID
		}
	case settled:
		a.debts = slices.DeleteFunc(a.debts, func(d Debt) bool { return d.Entry.ID == l.ID })
	case failed:
	}
}

// firstDeadline is when the guard has to step in although the runner lives; zero if nothing is owed.
func (a account) firstDeadline() time.Time {
	var first time.Time
	for _, d := range a.debts {
		if first.IsZero() || d.Entry.Deadline.Before(first) {
			first = d.Entry.Deadline
		}
	}
	return first
}

// errDamaged is what a line that is not as it was written comes to. Nobody can tell what it owed.
var errDamaged = errors.New("the line is damaged: see whether what it speaks of is still in force, undo that by hand, and delete the file")

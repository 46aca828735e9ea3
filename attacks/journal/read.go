package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"
)

// Debt is a change that may be in force and that nobody has settled.
type Debt struct {
	Run      string
	Entry    Entry
	Injected bool // it is known to have been tried

	failed time.Time // when the last attempt to settle it failed
}

// account is all that a journal tells.
type account struct {
	run   string
	debts []Debt // in the order of their intents
}

// Owed lists what all journals of a state directory owe, oldest run first; it may be called while a run is going on.
// The error names journals, or lines of them, that cannot be read: what they hold may be owed too.
func Owed(state string) ([]Debt, error) {
	accounts, err := readAll(state)
	var debts []Debt
	for _, a := range accounts {
		debts = append(debts, a.debts...)
	}
	return debts, err
}

func readAll(state string) ([]account, error) {
	runs, err := openRuns(state)
	if err != nil {
		return nil, err
	}
	var accounts []account
	var bad []error
	for _, run := range runs {
		a, err := read(state, run)
		if errors.Is(err, fs.ErrNotExist) {
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
func read(state, run string) (account, error) {
	a := account{run: run}
	path := OpenPath(state, run)
	data, err := os.ReadFile(path)
	if err != nil {
		return a, fmt.Errorf("cannot read the journal: %w", err)
	}
	var bad []error
	for n := 1; ; n++ {
		raw, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return a, errors.Join(bad...) // the rest after the last line: nothing, or torn
		}
		data = rest
		l, err := unseal(raw)
		if err == nil {
			err = a.apply(l)
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", path, n, err))
		}
	}
}

// unseal checks a line against its checksum and reads it. It is strict: what it does not know may mean anything.
func unseal(raw []byte) (line, error) {
	sum, body, ok := bytes.Cut(raw, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || len(sum) != 8 || err != nil || uint32(want) != crc32.ChecksumIEEE(body) {
		return line{}, errDamaged
	}
	var v struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return line{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if v.Version != version {
		return line{}, fmt.Errorf("the line has version %d and this Friday reads version %d: use the one that wrote it", v.Version, version)
	}
	var l line
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&l); err != nil {
		return line{}, fmt.Errorf("this Friday does not understand the line (%w): use the one that wrote it", err)
	}
	return l, nil
}

func (a *account) apply(l line) error {
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
		for i := range a.debts {
			if a.debts[i].Entry.ID == l.ID {
				a.debts[i].failed = l.At
			}
		}
	default:
		return fmt.Errorf("this Friday does not know the verb %q: use the one that wrote it", l.Verb)
	}
	return nil
}

// errDamaged is what a line that is not as it was written comes to. Nobody can tell what it owed.
var errDamaged = errors.New("the line is damaged: see whether what it speaks of is still in force, undo that by hand, and delete the file")

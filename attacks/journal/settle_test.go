package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/attacks"
)

// quick settles with little patience.
func quick(state string) SettleOptions {
	return SettleOptions{State: state, Lookup: lookup, RevertWithin: 100 * time.Millisecond, Patience: 50 * time.Millisecond}
}

func TestSettleRevertsLastFirst(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	diary := filepath.Join(dir, "diary")
	at := func(name string) faultUndo { return faultUndo{Path: filepath.Join(dir, name), Diary: diary} }
	broken(t, state, "run-1", entry("1", at("a")), entry("2", at("b")))
	broken(t, state, "run-2", entry("1", at("c")), entry("2", at("d")))
	report, err := Settle(t.Context(), quick(state))
	if err != nil || len(report.Settled) != 4 || len(report.Left) != 0 {
		t.Fatalf("report %+v, error %v", report, err)
	}
	if text, err := os.ReadFile(diary); string(text) != "d\nc\nb\na\n" || err != nil {
		t.Errorf("reverted in the order %q, error %v", text, err)
	}
	for _, run := range []string{"run-1", "run-2"} {
		if exists(OpenPath(state, run)) || !exists(settledPath(state, run)) {
			t.Errorf("the journal of %s is not put away", run)
		}
	}
	if report, err := Settle(t.Context(), quick(state)); err != nil || len(report.Settled) != 0 {
		t.Errorf("again: report %+v, error %v", report, err)
	}
}

func TestSettleOneRun(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	broken(t, state, "run-1", entry("1", faultUndo{Path: filepath.Join(dir, "a")}))
	broken(t, state, "run-2", entry("1", faultUndo{Path: filepath.Join(dir, "b")}))
	o := quick(state)
	for _, o.Run = range []string{"run-1", "run-1", "never-begun"} {
		if _, err := Settle(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if got := owedIDs(t, state); len(got) != 1 || got[0] != "run-2/1" {
		t.Errorf("owed %q", got)
	}
}

// TestResidue: one change of three cannot be settled; the two others are, and once it can be, it is.
func TestResidue(t *testing.T) {
	dir := t.TempDir()
	reason := filepath.Join(dir, "reason")
	for name, tc := range map[string]struct {
		undo    faultUndo
		err     string
		forever bool
	}{
		"still in force":    {faultUndo{Stuck: reason}, "still in force after the revert", false},
		"the revert fails":  {faultUndo{Fails: reason}, "no right to do that", false},
		"nobody can look":   {faultUndo{Blind: reason}, "cannot see whether it is still in force: it is dark", false},
		"the revert hangs":  {faultUndo{Hangs: true}, "no answer within", true},
		"the revert panics": {faultUndo{Panic: true}, "panicked: a mistake", true},
	} {
		t.Run(name, func(t *testing.T) {
			state, dir := t.TempDir(), t.TempDir()
			put(t, reason)
			tc.undo.Path = filepath.Join(dir, "b")
			paths := []string{filepath.Join(dir, "a"), filepath.Join(dir, "c")}
			broken(t, state, "r", entry("1", faultUndo{Path: paths[0]}), entry("2", tc.undo), entry("3", faultUndo{Path: paths[1]}))
			for range 2 {
				report, err := Settle(t.Context(), quick(state))
				if err == nil || !strings.Contains(err.Error(), tc.err) || !strings.Contains(err.Error(), "test.file of b (run r)") {
					t.Errorf("error %v, want %q and what it is about", err, tc.err)
				}
				if len(report.Left) != 1 || report.Left[0].Entry.ID != "2" || exists(paths[0]) || exists(paths[1]) {
					t.Fatalf("report %+v", report)
				}
				if got := owedIDs(t, state); len(got) != 1 {
					t.Fatalf("owed %q", got)
				}
			}
			if tc.forever {
				return
			}
			if err := os.Remove(reason); err != nil {
				t.Fatal(err)
			}
			if report, err := Settle(t.Context(), quick(state)); err != nil || len(report.Settled) != 1 || exists(tc.undo.Path) {
				t.Errorf("report %+v, error %v", report, err)
			}
		})
	}
}

func TestSettleWaitsUntilTheFaultIsGone(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	stuck := put(t, filepath.Join(dir, "stuck"))
	path := filepath.Join(dir, "a")
	broken(t, state, "r", entry("1", faultUndo{Path: path, Stuck: stuck}))
	time.AfterFunc(100*time.Millisecond, func() { _ = os.Remove(path) }) // a fault that takes a while to go
	if report, err := Settle(t.Context(), SettleOptions{State: state, Lookup: lookup}); err != nil || len(report.Settled) != 1 {
		t.Errorf("report %+v, error %v", report, err)
	}
}

func TestAnUnknownAttackIsResidue(t *testing.T) {
	state := t.TempDir()
	broken(t, state, "r", Entry{ID: "1", Change: attacks.Change{Kind: "disk.melt", Target: "sda"}})
	report, err := Settle(t.Context(), quick(state))
	if err == nil || !strings.Contains(err.Error(), "disk.melt of sda (run r): this Friday knows no attack disk.melt") || len(report.Left) != 1 {
		t.Errorf("report %+v, error %v", report, err)
	}
}

func TestIrreversibleIsNeverOwed(t *testing.T) {
	state := t.TempDir()
	broken(t, state, "r", Entry{ID: "1", Change: attacks.Change{Kind: "process.kill", Irreversible: true}})
	report, err := Settle(t.Context(), quick(state))
	if err != nil || len(report.Settled)+len(report.Left) != 0 || exists(OpenPath(state, "r")) {
		t.Errorf("report %+v, error %v", report, err)
	}
}

func TestADamagedJournalIsRevertedAsFarAsItCanBeRead(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	broken(t, state, "r", entry("1", faultUndo{Path: a}), entry("2", faultUndo{Path: b}))
	text, err := os.ReadFile(OpenPath(state, "r"))
	if err != nil {
		t.Fatal(err)
	}
	writeJournal(t, state, "r", strings.Replace(string(text), `"injected"`, `"INJECTED"`, 1)+"torn")
	for range 2 {
		if _, err := Settle(t.Context(), quick(state)); err == nil || !strings.Contains(err.Error(), "r.jsonl:2: the line is damaged") {
			t.Errorf("error %v, want the damaged line", err)
		}
		if exists(a) || exists(b) {
			t.Error("what can be read is not reverted")
		}
		if !exists(OpenPath(state, "r")) {
			t.Error("the damaged journal is put away")
		}
	}
}

func TestATornLineIsNoObstacle(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	reason := put(t, filepath.Join(dir, "reason"))
	broken(t, state, "r", entry("1", faultUndo{Path: filepath.Join(dir, "a"), Fails: reason}))
	text, err := os.ReadFile(OpenPath(state, "r"))
	if err != nil {
		t.Fatal(err)
	}
	writeJournal(t, state, "r", string(text)+intends("2")[:30])
	if _, err := Settle(t.Context(), quick(state)); err == nil || strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v, want only that the revert failed", err)
	}
	if got := owedIDs(t, state); len(got) != 1 || got[0] != "r/1" { // the note about it did not stick to the torn line
		t.Errorf("owed %q", got)
	}
}

func TestACancelledSettleLeavesTheRestOwed(t *testing.T) {
	state, dir := t.TempDir(), t.TempDir()
	broken(t, state, "r", entry("1", faultUndo{Path: filepath.Join(dir, "a")}))
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	report, err := Settle(ctx, quick(state))
	if !errors.Is(err, enough) || len(report.Left) != 1 || len(owedIDs(t, state)) != 1 {
		t.Errorf("report %+v, error %v", report, err)
	}
	if _, err := Settle(t.Context(), quick(state)); err != nil {
		t.Error(err)
	}
}

// marked is an attack that leaves a mark behind.
type marked struct {
	fault
	left []string
	err  error
}

func (m marked) Sweep(context.Context) ([]string, error) { return m.left, m.err }

func TestSweepAsksEveryKindThatCan(t *testing.T) {
	dark := errors.New("it is dark")
	kinds := []attacks.Kind{
		{Name: "a", New: func() attacks.Attack { return marked{left: []string{"one"}, err: dark} }},
		{Name: "b", New: func() attacks.Attack { return fault{} }},
		{Name: "c", New: func() attacks.Attack { return marked{left: []string{"two"}} }},
	}
	mended, err := Sweep(t.Context(), kinds)
	if strings.Join(mended, " ") != "one two" || !errors.Is(err, dark) || err.Error() != "a: it is dark" {
		t.Errorf("mended %q, error %v", mended, err)
	}
	if mended, err := Sweep(t.Context(), kinds[1:]); len(mended) != 1 || err != nil {
		t.Errorf("mended %q, error %v", mended, err)
	}
}

package digest

import (
	"fmt"
	"time"
)

// Skew is by how much the clocks of machines may differ.
const Skew = time.Hour

// Past are the runs that were started before now, and a sentence on each that was not. Nothing that comes later would be
// newer than such a run: its proofs would never grow old, and its findings could never be closed.
func Past(runs []Run, now time.Time) (past []Run, strange []string) {
	for _, run := range runs {
		if run.Started.After(now.Add(Skew)) {
			strange = append(strange, fmt.Sprintf("run %s: it says that it was started on %s, which is yet to come: a clock was wrong, so it does not count", run.ID, run.Started.UTC().Format("2 Jan 2006")))
			continue
		}
		past = append(past, run)
	}
	return past, strange
}

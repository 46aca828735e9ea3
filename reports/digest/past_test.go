package digest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/digest"
)

// Clocks differ a little; a run that is dated later than that is told and does not count.
func TestPast(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	runs := []digest.Run{{ID: "old", Started: now.Add(-time.Hour)}, {ID: "undated"}, {ID: "soon", Started: now.Add(digest.Skew)}, {ID: "late", Started: now.Add(digest.Skew + 1)}}
	past, strange := digest.Past(runs, now)
	if len(past) != 3 || len(strange) != 1 || !strings.HasPrefix(strange[0], "run late: it says that it was started on 20 Nov 2026") {
		t.Errorf("%+v, %q", past, strange)
	}
}

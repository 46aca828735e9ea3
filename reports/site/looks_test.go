package site

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/browser"
	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/reports/store"
	"github.com/failurefriday/friday/verify/judge"
)

// many are so many runs, one every half an hour.
func many(n int) []digest.Run {
	runs := make([]digest.Run, n)
	for i := range runs {
		r := digest.Of(sample.All()[i%6])
		r.Started = sample.Friday.AddDate(-1, 0, 0).AddDate(0, 0, i/20)
		r.Finished = r.Started.Add(90e9)
		r.Scenario = fmt.Sprintf("%s-%d", r.Scenario, i%40)
		r.ID = fmt.Sprintf("%s-%06d-%s", r.Started.Format("20060102"), i, r.Service)
		runs[i] = r
	}
	return runs
}

// light is a site of runs whose records are small.
func light(runs []digest.Run) Site {
	return Site{
		Runs: runs, Made: "1.0", Stamp: func(string) string { return "v1" },
		Load: func(id string) (judge.Record, error) {
			r := sample.Passed()
			r.Run.ID = id
			return r, nil
		},
	}
}

func TestHowItLooks(t *testing.T) {
	dir, s := t.TempDir(), light(many(60))
	s.perPage = 25
	s.Unread = []store.Run{{ID: "20250101-half", Error: "it is damaged"}}
	written(t, s, dir)
	for _, name := range []string{"index.html", "runs.html", filepath.FromSlash(FileOf(s.Runs[0].ID))} {
		browser.CheckFile(t, "site-"+strings.NewReplacer("/", "-", ".html", "").Replace(name), filepath.Join(dir, name))
	}
}

// BenchmarkWriteAgain: a site of 10,000 runs of which none has changed.
func BenchmarkWriteAgain(b *testing.B) {
	s, dir := light(many(10_000)), b.TempDir()
	if _, err := s.Write(b.Context(), dir); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if done, err := s.Write(b.Context(), dir); err != nil || done.Written > 0 {
			b.Fatalf("%+v, %v", done, err)
		}
	}
}

// BenchmarkWriteRun: one run that is new, page and record.
func BenchmarkWriteRun(b *testing.B) {
	s := light(many(200))
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		if _, err := s.Write(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(s.Runs)), "µs/run")
}

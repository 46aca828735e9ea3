package store

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

const many = 10_000

// filled is a store of many runs.
func filled(b *testing.B) Store {
	b.Helper()
	s := Store{Dir: b.TempDir()}
	sample.Fill(b, s.Dir, many)
	return s
}

// BenchmarkReindex measures making the index of 10,000 runs anew, beside reading their records one after the other.
func BenchmarkReindex(b *testing.B) {
	s := filled(b)
	var raw time.Duration
	for b.Loop() {
		if n, unread, err := s.Reindex(b.Context()); err != nil || n != many || len(unread) > 0 {
			b.Fatal(n, unread, err)
		}
		b.StopTimer()
		start := time.Now()
		readEach(b, s)
		raw += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(raw), "x/raw")
}

func readEach(b *testing.B, s Store) {
	b.Helper()
	ids, err := s.ids()
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range ids {
		text, err := os.ReadFile(filepath.Join(s.runs(), id, recordFile))
		if err != nil {
			b.Fatal(err)
		}
		var r judge.Record
		if err := json.Unmarshal(text, &r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkList measures friday runs over 10,000 runs, beside looking at their records one after the other.
func BenchmarkList(b *testing.B) {
	s := filled(b)
	if _, _, err := s.Reindex(b.Context()); err != nil {
		b.Fatal(err)
	}
	var raw time.Duration
	for b.Loop() {
		runs, err := s.List(b.Context(), Filter{})
		if err != nil || len(runs) != many {
			b.Fatal(len(runs), err)
		}
		if err := RunsText(io.Discard, runs); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		start := time.Now()
		ids, err := s.ids()
		if err != nil {
			b.Fatal(err)
		}
		for _, id := range ids {
			if _, err := os.Stat(filepath.Join(s.runs(), id, recordFile)); err != nil {
				b.Fatal(err)
			}
		}
		raw += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(raw), "x/raw")
}

// BenchmarkDigests measures reading all digests.
func BenchmarkDigests(b *testing.B) {
	s := filled(b)
	if _, _, err := s.Reindex(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if runs, unread, err := s.Digests(b.Context(), Filter{}); err != nil || len(runs) != many || len(unread) > 0 {
			b.Fatal(len(runs), len(unread), err)
		}
	}
}

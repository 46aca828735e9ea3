package mail

import (
	"fmt"
	"testing"
	"time"
)

// mailsInBox is how many mails lie in the mailbox of the benchmarks.
const mailsInBox = 10_000

// full is a source on a mailbox of 10,000 mails that has looked once.
func full(tb testing.TB) (*fake, *Source) {
	tb.Helper()
	f, src := reader(tb, Params{})
	now := time.Now()
	for i := range mailsInBox {
		f.add(tb, now.Add(time.Duration(i-mailsInBox)*time.Second), note("DOWN web", fmt.Sprint(i), "Shop"))
	}
	if err := src.Ready(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return f, src
}

// TestAFullMailbox: what a look costs depends on what is new, not on what is there.
func TestAFullMailbox(t *testing.T) {
	t.Parallel()
	f, src := full(t)
	begin := time.Now()
	for _, fresh := range []int{0, 1, 3} {
		commands, bytes := src.Requests(), src.Bytes()
		for i := range fresh {
			f.add(t, time.Now(), note("DOWN web", fmt.Sprint("new", fresh, i), "Shop"))
		}
		if _, err := src.Since(t.Context(), begin); err != nil {
			t.Fatal(err)
		}
		commands, bytes = src.Requests()-commands, src.Bytes()-bytes
		if commands > 3 || bytes > int64(1000+500*fresh) {
			t.Errorf("%d new mails of %d took %d commands and %d bytes", fresh, mailsInBox, commands, bytes)
		}
	}
}

// BenchmarkPoll polls a mailbox of 10,000 mails in which nothing is new, and one in which a mail is.
func BenchmarkPoll(b *testing.B) {
	for _, fresh := range []int{0, 1} {
		b.Run(fmt.Sprintf("%d new of %d", fresh, mailsInBox), func(b *testing.B) {
			f, src := full(b)
			begin := time.Now()
			commands := src.Requests()
			for b.Loop() {
				for range fresh {
					f.add(b, time.Now(), note("DOWN web", "new", "Shop"))
				}
				if _, err := src.Since(b.Context(), begin); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(src.Requests()-commands)/float64(b.N), "commands/op")
		})
	}
}

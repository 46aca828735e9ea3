package site

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/failurefriday/friday/reports"
	"github.com/failurefriday/friday/reports/show"
	"github.com/failurefriday/friday/verify/judge"
)

// job is one run to be brought up to date.
type job struct {
	id           string
	page, record string // files
}

// recordOf is the path of a run's record in the site.
func recordOf(id string) string { return runFolder + "/" + plain(id) + ".json" }

func (s Site) jobs() []job {
	jobs := make([]job, 0, len(s.Runs))
	for _, r := range s.Runs {
		jobs = append(jobs, job{r.ID, FileOf(r.ID), recordOf(r.ID)})
	}
	return jobs
}

// look is a digest of how pages look in this site: with another navigation, style or program, every page is another one.
func (s Site) look() []byte {
	var b bytes.Buffer
	b.WriteString(s.Made + "\x00")
	// What cannot be rendered fails again where the pages are.
	_ = show.Page{Nav: s.nav("", "../")}.Write(&b)
	sum := sha256.Sum256(b.Bytes())
	return sum[:]
}

// runs writes the pages and records of the runs that have changed. Those that cannot be read are returned by their id.
func (f *folder) runs(ctx context.Context, s Site, jobs []job) map[string]error {
	failed, look := map[string]error{}, s.look()
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, j := range jobs {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			if err := f.run(s, j, look); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed[j.id] = err
			}
			return nil
		})
	}
	_ = group.Wait() // errors are kept one by one
	return failed
}

// run writes the page and the record of one run. The error means that it cannot be read.
func (f *folder) run(s Site, j job, look []byte) error {
	stamp := stampOf(look, s.Stamp(j.id))
	if f.fresh(j.page, stamp) && f.fresh(j.record, stamp) {
		f.own(j.page, stamp)
		f.own(j.record, stamp)
		f.same()
		f.same()
		return nil
	}
	r, err := s.Load(j.id)
	if err != nil {
		return err
	}
	if r.Run.ID != j.id {
		return fmt.Errorf("its record is that of another run, %s", r.Run.ID)
	}
	f.rendered(j.page, stamp, s.cleaned(func(w io.Writer) error { return reports.HTMLIn(s.nav("", "../"))(w, []judge.Record{r}) }))
	f.rendered(j.record, stamp, s.cleaned(func(w io.Writer) error { return reports.JSON(w, []judge.Record{r}) }))
	return nil
}

// rendered writes a file of a run. One that fails has no stamp: it is tried again the next time.
func (f *folder) rendered(name, stamp string, render func() ([]byte, error)) {
	data, err := render()
	if err != nil {
		f.own(name, "")
		f.fail(fmt.Errorf("cannot write %s: %w", name, err))
		return
	}
	f.own(name, stamp)
	f.put(name, data)
}

func stampOf(look []byte, stamp string) string {
	if stamp == "" {
		return ""
	}
	h := sha256.New()
	h.Write(look)
	h.Write([]byte(stamp))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

package lint

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// atOnce bounds the questions that one live server gets at the same time.
const atOnce = 8

// memo are the answers of live servers that several checks need.
type memo struct {
	mu   sync.Mutex
	jobs map[string][]string
}

func newMemo() *memo { return &memo{jobs: map[string][]string{}} }

// jobs are the values that the label job of a metric has on a live server; nil if there is none to ask.
func (l *look) jobs(ctx context.Context, e *Engine, metric string) ([]string, error) {
	if e.Live == nil || metric == "" {
		return nil, nil
	}
	key := e.Name + " " + metric
	l.memo.mu.Lock()
	jobs, known := l.memo.jobs[key]
	l.memo.mu.Unlock()
	if known {
		return jobs, nil
	}
	jobs, err := e.Live.LabelValues(ctx, metric, "job")
	if err != nil {
		return nil, err
	}
	if jobs == nil {
		jobs = []string{}
	}
	l.memo.mu.Lock()
	defer l.memo.mu.Unlock()
	l.memo.jobs[key] = jobs
	return jobs, nil
}

// ask puts a question for each of the keys, a few at the same time.
func ask[T any](ctx context.Context, keys []T, question func(context.Context, T) error) error {
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(atOnce)
	for _, key := range keys {
		asking.Go(func() error { return question(ctx, key) })
	}
	return asking.Wait()
}

// learnJobs asks for the jobs of all metrics that alerts look at, so that nobody waits for one after the other.
func (l *look) learnJobs(ctx context.Context, e *Engine) error {
	if e.Live == nil {
		return nil
	}
	seen := map[string]bool{}
	var metrics []string
	for _, a := range e.alerts {
		for _, s := range a.selectors {
			if s.Metric != "" && !seen[s.Metric] {
				seen[s.Metric] = true
				metrics = append(metrics, s.Metric)
			}
		}
	}
	return ask(ctx, metrics, func(ctx context.Context, metric string) error {
		_, err := l.jobs(ctx, e, metric)
		return err
	})
}

package alertmanager

import (
	"context"
	"errors"
	"io"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/failurefriday/friday/internal/httpapi"
)

// tally is what Alertmanager counts of one kind of integration, such as pagerduty.
type tally struct {
	attempted float64            // notifications begun
	failed    float64            // notifications given up
	reasons   map[string]float64 // of those, by reason (since 0.26)
	requests  float64            // requests made for them, again and again where they may be repeated
	refused   float64            // requests that failed
}

// accepted is how many requests were answered well.
func (t tally) accepted() float64 { return t.requests - t.refused }

// counters are the tallies by kind; nil where nobody could look.
type counters map[string]tally

// counted reads /metrics. Where that is not to be had, as behind a proxy that lets only the API through, nothing is
// counted, which is no failure.
func (s *Source) counted(ctx context.Context) (counters, error) {
	var all counters
	err := s.api.Read(ctx, "/metrics", nil, func(body io.Reader) (err error) {
		all, err = tallied(body)
		return err
	})
	if kind := httpapi.KindOf(err); kind == httpapi.Auth || kind == httpapi.Refused {
		return nil, nil
	}
	return all, err
}

// tallied adds up the families that count notifications.
func tallied(body io.Reader) (counters, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(body)
	if err != nil {
		return nil, err
	}
	if families["alertmanager_build_info"] == nil {
		return nil, errors.New("these are not the metrics of Alertmanager")
	}
	all := counters{}
	for family, into := range map[string]func(*tally, float64, string){
		"notifications_total":                func(t *tally, n float64, _ string) { t.attempted += n },
		"notification_requests_total":        func(t *tally, n float64, _ string) { t.requests += n },
		"notification_requests_failed_total": func(t *tally, n float64, _ string) { t.refused += n },
		"notifications_failed_total":         (*tally).fail,
	} {
		found := families["alertmanager_"+family]
		if found == nil {
			continue
		}
		samples, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, found)
		if err != nil {
			return nil, err
		}
		for _, sample := range samples {
			kind := string(sample.Metric["integration"])
			t := all[kind]
			into(&t, float64(sample.Value), string(sample.Metric["reason"]))
			all[kind] = t
		}
	}
	return all, nil
}

func (t *tally) fail(n float64, reason string) {
	t.failed += n
	if reason == "" {
		return
	}
	if t.reasons == nil {
		t.reasons = map[string]float64{}
	}
	t.reasons[reason] += n
}

// since is what has been counted of a kind since an earlier look. A server that was restarted counts from zero.
func (c counters) since(old counters, kind string) tally {
	now, then := c[kind], old[kind]
	if now.attempted < then.attempted || now.requests < then.requests {
		then = tally{}
	}
	d := tally{
		attempted: now.attempted - then.attempted, failed: now.failed - then.failed,
		requests: now.requests - then.requests, refused: now.refused - then.refused,
	}
	for reason, n := range now.reasons {
		if more := n - then.reasons[reason]; more > 0 {
			if d.reasons == nil {
				d.reasons = map[string]float64{}
			}
			d.reasons[reason] = more
		}
	}
	return d
}

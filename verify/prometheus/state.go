package prometheus

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/failurefriday/friday/internal/httpapi"
)

// target is one that is scraped.
type target struct {
	Labels         map[string]string
	ScrapeURL      string
	Health         string
	LastError      string
	LastScrape     moment
	ScrapeInterval string
	ScrapeTimeout  string
}

// within is how long a change in the target may take to be collected.
func (t target) within() (interval, timeout time.Duration) {
	return promDuration(t.ScrapeInterval), promDuration(t.ScrapeTimeout)
}

func promDuration(text string) time.Duration {
	d, err := model.ParseDuration(text)
	if err != nil {
		return 0
	}
	return time.Duration(d)
}

func (s *Source) targets(ctx context.Context) ([]target, error) {
	data, err := get[struct{ ActiveTargets *[]target }](ctx, s, "/api/v1/targets", url.Values{"state": {"active"}})
	if err == nil && data.ActiveTargets == nil {
		err = s.silent("/api/v1/targets", "activeTargets")
	}
	if err != nil {
		return nil, err
	}
	return *data.ActiveTargets, nil
}

// routers are the URLs of the Alertmanagers that alerts are sent to.
func (s *Source) routers(ctx context.Context) ([]string, error) {
	data, err := get[struct {
		ActiveAlertmanagers *[]struct{ URL string }
	}](ctx, s, "/api/v1/alertmanagers", nil)
	if err == nil && data.ActiveAlertmanagers == nil {
		err = s.silent("/api/v1/alertmanagers", "activeAlertmanagers")
	}
	if err != nil {
		return nil, err
	}
	urls := []string{}
	for _, one := range *data.ActiveAlertmanagers {
		urls = append(urls, one.URL)
	}
	return urls, nil
}

// counters are what Prometheus counts of itself.
type counters struct {
	sent, failed map[string]float64 // by the URL of the Alertmanager
	dropped      float64
	missed       map[string]float64 // evaluations, by file;group
}

// counters reads Prometheus' own metrics, which are there whether it scrapes itself or not. Nil where it does not show
// them, as behind a proxy for the API alone.
func (s *Source) counters(ctx context.Context) (*counters, error) {
	var families map[string]*dto.MetricFamily
	err := s.api.Read(ctx, "/metrics", nil, func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err = parser.TextToMetricFamilies(bytes.NewReader(text))
		return err
	})
	if kind := httpapi.KindOf(err); kind == httpapi.Refused || kind == httpapi.Auth || kind == httpapi.Garbage {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &counters{
		sent:   values(families["prometheus_notifications_sent_total"], "alertmanager"),
		failed: values(families["prometheus_notifications_errors_total"], "alertmanager"),
		missed: values(families["prometheus_rule_group_iterations_missed_total"], "rule_group"),
	}
	dropped := families["prometheus_notifications_dropped_total"]
	if dropped == nil {
		return nil, nil // not Prometheus' own metrics
	}
	for _, v := range values(dropped, "") {
		c.dropped += v
	}
	return c, nil
}

// values are those of a metric, by one of its labels.
func values(family *dto.MetricFamily, label string) map[string]float64 {
	all := map[string]float64{}
	for _, m := range family.GetMetric() {
		name := ""
		for _, pair := range m.GetLabel() {
			if pair.GetName() == label {
				name = pair.GetValue()
			}
		}
		all[name] += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
	}
	return all
}

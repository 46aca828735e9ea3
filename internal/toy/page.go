package toy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	sendTimeout = 2 * time.Second  // one attempt
	sendWithin  = 10 * time.Second // all attempts
)

// event is a message to a PagerDuty-shaped Events API v2.
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Client     string   `json:"client,omitempty"`
	Payload    *payload `json:"payload,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp time.Time         `json:"timestamp"`
	Component string            `json:"component"`
	Class     string            `json:"class"`
	Details   map[string]string `json:"custom_details"`
}

func (m *monitor) trigger(down error) event {
	return event{Action: "trigger", Client: m.Name, Payload: &payload{
		Summary: m.Service + " is down", Source: m.URL, Severity: m.Severity, Timestamp: time.Now().UTC(),
		Component: m.Service, Class: "health check",
		Details: map[string]string{"reason": down.Error(), "monitor": m.Name, "failures": fmt.Sprint(m.failures)},
	}}
}

// send delivers an event, with several attempts, and reports whether it was accepted.
func (m *monitor) send(ctx context.Context, e event) bool {
	e.RoutingKey, e.DedupKey = m.RoutingKey, m.Name
	body, err := json.Marshal(e)
	if err != nil {
		m.logf("cannot write the %s: %v", e.Action, err)
		return false
	}
	pace := backoff.NewExponentialBackOff()
	pace.InitialInterval, pace.MaxInterval = 50*time.Millisecond, time.Second
	attempt := func() (struct{}, error) { return struct{}{}, m.post(ctx, body) }
	if _, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(pace), backoff.WithMaxElapsedTime(sendWithin)); err != nil {
		m.logf("cannot send the %s: %v", e.Action, err)
		return false
	}
	m.logf("%s sent", e.Action)
	return true
}

// post makes one attempt. A refusal that would be repeated is permanent.
func (m *monitor) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.InboxURL+"/v2/enqueue", bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := m.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	switch code := resp.StatusCode; {
	case code == http.StatusAccepted:
		return nil
	case code == http.StatusTooManyRequests || code >= 500:
		return fmt.Errorf("%s answers %s", m.InboxURL, resp.Status)
	case err != nil:
		return err
	default:
		return backoff.Permanent(fmt.Errorf("%s answers %s: %s", m.InboxURL, resp.Status, bytes.TrimSpace(answer)))
	}
}

package pagerduty

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/failurefriday/friday/verify"
)

// addLog reads the log of the account since a moment and adds what happened to the incidents.
func (s *Source) addLog(ctx context.Context, found []verify.Incident, since time.Time) error {
	byID := make(map[string]*verify.Incident, len(found))
	for i := range found {
		byID[found[i].ID] = &found[i]
	}
	query := url.Values{"since": {stamp(since)}, "include[]": {"channels"}, "is_overview": {"false"}, "time_zone": {"UTC"}}
	err := s.all(ctx, "/log_entries", "log_entries", query, func(o object) error {
		if in := byID[o.text("incident", "id")]; in != nil {
			addEntry(in, o)
		}
		return nil
	})
	for i := range found {
		slices.SortStableFunc(found[i].Notified, func(a, b verify.Notification) int { return a.At.Compare(b.At) })
	}
	return err
}

// addEntry adds one log entry to its incident. Entries come newest first, or in any order.
func addEntry(in *verify.Incident, o object) {
	at := o.time("created_at")
	switch o.text("type") {
	case "notify_log_entry":
		in.Notified = append(in.Notified, notification(o, at))
	case "acknowledge_log_entry":
		if in.Acknowledged.IsZero() || at.Before(in.Acknowledged) {
			in.Acknowledged, in.AcknowledgedBy = at, o.text("agent", "summary")
		}
	case "resolve_log_entry":
		if in.Status == verify.Resolved && !at.Before(in.Resolved) {
			in.Resolved, in.ResolvedBy = at, o.text("agent", "summary")
			in.ResolvedByHand = isUser(o.text("agent", "type"))
		}
	}
}

// delivered are the words for a message that went out; any other word is a failure, and no word is no failure.
var delivered = []string{"", "success", "sent", "delivered"}

func notification(o object, at time.Time) verify.Notification {
	n := verify.Notification{
		At: at, Who: o.text("user", "summary"), Channel: o.text("channel", "notification", "type"),
	}
	if n.Channel == "" {
		n.Channel = o.text("channel", "type")
	}
	if status := o.text("channel", "notification", "status"); !slices.Contains(delivered, status) {
		n.Failed = status
	}
	return n
}

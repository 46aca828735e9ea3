package pagerduty

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
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
	var oldest time.Time
	w := s.walk("/log_entries", "log_entries", query, func(o object) error {
		if at := o.time("created_at"); oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
		if in := byID[o.text("incident", "id")]; in != nil {
			return addEntry(in, o)
		}
		return nil
	})
	if err := w.back(ctx, &oldest); err != nil {
		return err
	}
	for i := range found {
		slices.SortStableFunc(found[i].Notified, func(a, b verify.Notification) int { return a.At.Compare(b.At) })
	}
	return nil
}

// back reads a list that begins with the newest, beyond the last index that can be paged to: from there on it asks for
// what is as old as the oldest it has seen, or older.
func (w *walk) back(ctx context.Context, oldest *time.Time) error {
	for {
		before := *oldest
		cut, err := w.run(ctx)
		if err != nil || !cut {
			return err
		}
		if !before.IsZero() && !oldest.Before(before) {
			return fmt.Errorf("%s: more than %d entries at %s: PagerDuty does not show the rest", w.path, lastIndex, stamp(*oldest))
		}
		w.query.Set("until", stamp(oldest.Add(time.Second))) // the stamps are cut off to whole seconds
	}
}

// addEntry adds one log entry to its incident. Entries come newest first, or in any order.
func addEntry(in *verify.Incident, o object) error {
	at, kind := o.time("created_at"), o.text("type")
	if !slices.Contains([]string{"notify_log_entry", "acknowledge_log_entry", "resolve_log_entry"}, kind) {
		return nil
	}
	if at.IsZero() {
		return fmt.Errorf("a %s of incident %s has no created_at, so the answer cannot be trusted", kind, in.ID)
	}
	switch kind {
	case "notify_log_entry":
		in.Notified = append(in.Notified, notification(o, at))
	case "acknowledge_log_entry":
		acknowledge(in, at, o.text("agent", "summary"))
	case "resolve_log_entry":
		if in.Status == verify.Resolved && !strings.HasPrefix(in.ResolvedBy, mergedInto) && !at.Before(in.Resolved) {
			in.Resolved, in.ResolvedBy = at, o.text("agent", "summary")
			in.ResolvedByHand = isUser(o.text("agent", "type"))
			if o.text("channel", "type") == "timeout" { // the service's auto_resolve_timeout: the monitor said nothing
				in.ResolvedBy, in.ResolvedByHand = "timeout of the service", true
			}
		}
	}
	return nil
}

// delivered are the words for a message that went out; any other word is a failure, and no word is no failure.
var delivered = []string{"", "success", "sent", "delivered"}

func notification(o object, at time.Time) verify.Notification {
	n := verify.Notification{
		At: at, Who: o.text("user", "summary"),
		Channel: strings.TrimSuffix(o.text("channel", "notification", "type"), "_notification"),
	}
	if n.Channel == "" {
		n.Channel = o.text("channel", "type")
	}
	if status := o.text("channel", "notification", "status"); !slices.Contains(delivered, status) {
		n.Failed = status
	}
	return n
}

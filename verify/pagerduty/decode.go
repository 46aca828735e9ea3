package pagerduty

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/failurefriday/friday/verify"
)

// object is a JSON object whose shape is not relied on: optional fields may be missing, null, or of another type, and
// none of that may hide an incident.
type object map[string]any

// at follows a path of names; nil if it leads nowhere.
func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// text is the string at a path, "" if there is none.
func (o object) text(path ...string) string {
	s, _ := o.at(path...).(string)
	return s
}

// time is the time at a path, zero if there is none.
func (o object) time(path ...string) time.Time {
	t, err := time.Parse(time.RFC3339, o.text(path...))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func (o object) list(path ...string) []object {
	items, _ := o.at(path...).([]any)
	var all []object
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// page reads one page and calls each for every item, one at a time. An answer that is not a page, however well-formed, is
// an error: only a list that is there can be empty.
func (s *Source) page(ctx context.Context, path, list string, query url.Values, each func(object) error) (more bool, err error) {
	err = s.api.Read(ctx, path, query, func(body io.Reader) error {
		more, err = readPage(json.NewDecoder(body), list, each)
		return err
	})
	return more, err
}

func readPage(dec *json.Decoder, list string, each func(object) error) (more bool, err error) {
	if err := expect(dec, json.Delim('{')); err != nil {
		return false, err
	}
	found, told, count := false, false, 0
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return false, err
		}
		switch name {
		case list:
			found = true
			if count, err = readList(dec, list, each); err != nil {
				return false, err
			}
		case "more":
			var goesOn *bool
			if err = dec.Decode(&goesOn); goesOn != nil {
				more, told = *goesOn, true
			}
		default:
			var skipped json.RawMessage
			err = dec.Decode(&skipped)
		}
		if err != nil {
			return false, fmt.Errorf("field %v: %w", name, err)
		}
	}
	if err := expect(dec, json.Delim('}')); err != nil {
		return false, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return false, errors.New("more follows after the JSON")
	}
	if !found {
		return false, fmt.Errorf("the answer has no list %q, so it says nothing", list)
	}
	if !told && count >= pageSize {
		return false, errors.New("the answer does not say whether it goes on")
	}
	return more, nil
}

func readList(dec *json.Decoder, list string, each func(object) error) (count int, err error) {
	if err := expect(dec, json.Delim('[')); err != nil {
		return 0, fmt.Errorf("%q is no list: %w", list, err)
	}
	for dec.More() {
		var o object
		if err := dec.Decode(&o); err != nil {
			return count, err
		}
		if o == nil {
			return count, fmt.Errorf("item %d of %q is null", count+1, list)
		}
		if err := each(o); err != nil {
			return count, err
		}
		count++
	}
	return count, expect(dec, json.Delim(']'))
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("want %v and found %v", want, got)
	}
	return nil
}

// incident reads one incident. Only its id and the time of its creation must be there.
func incident(o object) (verify.Incident, error) {
	in := verify.Incident{
		ID: o.text("id"), URL: o.text("html_url"), Service: o.text("service", "summary"), Title: o.text("title"),
		Status: verify.Status(o.text("status")), Urgency: o.text("urgency"), Key: o.text("incident_key"),
		Opened: o.time("created_at"), Resolved: o.time("resolved_at"),
	}
	if in.ID == "" || in.Opened.IsZero() {
		return in, errors.New("an incident has no id or no created_at, so the answer cannot be trusted")
	}
	if in.Title == "" {
		in.Title = o.text("summary")
	}
	first := object{}
	if m, ok := o.at("first_trigger_log_entry").(map[string]any); ok {
		first = m
	}
	in.Severity = severity(first)
	in.Labels = labels(first)
	if in.Key == "" {
		in.Key = first.text("channel", "incident_key")
	}
	for _, a := range o.list("acknowledgements") {
		acknowledge(&in, a.time("at"), a.text("acknowledger", "summary"))
	}
	if in.Status == verify.Resolved {
		resolve(&in, o)
	}
	return in, nil
}

// acknowledge keeps the first acknowledgement.
func acknowledge(in *verify.Incident, at time.Time, who string) {
	if !at.IsZero() && (in.Acknowledged.IsZero() || at.Before(in.Acknowledged)) {
		in.Acknowledged, in.AcknowledgedBy = at, who
	}
}

// mergedInto begins ResolvedBy of an incident that was merged.
const mergedInto = "merged into "

// resolve reads when and by whom an incident was closed. One that was merged into another is closed too, but that says
// nothing of the monitor: the trouble goes on there.
func resolve(in *verify.Incident, o object) {
	in.ResolvedBy = o.text("last_status_change_by", "summary")
	in.ResolvedByHand = isUser(o.text("last_status_change_by", "type"))
	if in.Resolved.IsZero() {
		in.Resolved = o.time("last_status_change_at")
	}
	if o.text("resolve_reason", "type") == "merge_resolve_reason" {
		in.ResolvedBy = mergedInto + cmp.Or(o.text("resolve_reason", "incident", "id"), "another incident")
		in.ResolvedByHand = true
	}
}

// severity stands in different places for different integrations.
func severity(first object) string {
	for _, path := range [][]string{{"channel", "cef_details", "severity"}, {"channel", "severity"}, {"channel", "details", "severity"}, {"event_details", "severity"}} {
		if s := first.text(path...); s != "" {
			return s
		}
	}
	return ""
}

// labels are the custom details of the event that opened the incident, those that are plain values.
func labels(first object) map[string]string {
	found := map[string]string{}
	for _, path := range [][]string{{"channel", "cef_details", "details"}, {"channel", "details"}, {"channel", "custom_details"}} {
		m, _ := first.at(path...).(map[string]any)
		for name, v := range m {
			switch v := v.(type) {
			case string:
				found[name] = v
			case float64, bool:
				found[name] = fmt.Sprint(v)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

func isUser(kind string) bool { return kind == "user_reference" || kind == "user" }

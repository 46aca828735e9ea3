package fields

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/diag"
)

// Shape says where incidents stand in JSON, and how. It is a part of the parameters of a source.
type Shape struct {
	Items  Path   `yaml:"items" doc:"path of the list of incidents: data.alerts, results, groups[].alerts; $ is the whole answer"`
	Fields Record `yaml:"fields" doc:"paths of the fields, from an item of the list: a.b, a[0].c, a[\"x y\"], a[].b, a[name=x].b"`
	States Words  `yaml:"states" doc:"words of the field status that mean each state; the usual ones are known"`
	Times  Format `yaml:"times" doc:"format of the times: rfc3339 (default), unix, unix_ms, unix_float, or a layout such as 2006-01-02 15:04:05 (UTC)"`
}

// Record says where each field of an incident stands.
type Record struct {
	ID           Paths `yaml:"id" doc:"what tells an incident from all others, also from an earlier one of the same alert; of a list of paths all together"`
	Key          Path  `yaml:"key" doc:"key by which the sender tells one alert from another"`
	Title        Paths `yaml:"title" doc:"what is wrong; of a list of paths the first that is there"`
	URL          Path  `yaml:"url" doc:"where people look at it"`
	Service      Path  `yaml:"service" doc:"service it belongs to"`
	Severity     Path  `yaml:"severity" doc:"severity or priority"`
	Urgency      Path  `yaml:"urgency" doc:"urgency"`
	Status       Path  `yaml:"status" doc:"its state; without one it is resolved once there is a time of that"`
	Opened       Path  `yaml:"opened" doc:"when it was opened"`
	Acknowledged Path  `yaml:"acknowledged" doc:"when it was acknowledged, or whether: true or false"`
	Resolved     Path  `yaml:"resolved" doc:"when it was resolved; read only of one that is"`
	Labels       Path  `yaml:"labels" doc:"object of labels, list of k:v or k=v, or list of objects with key or name, and value"`
}

// Paths are several ways to one field.
type Paths []Path

// UnmarshalText reads a single path.
func (p *Paths) UnmarshalText(text []byte) error { return p.UnmarshalTexts([]string{string(text)}) }

// UnmarshalTexts reads a list of paths.
func (p *Paths) UnmarshalTexts(texts []string) error {
	all := make(Paths, len(texts))
	for i, text := range texts {
		if err := all[i].UnmarshalText([]byte(text)); err != nil {
			return err
		}
	}
	*p = all
	return nil
}

// Item is one incident as it was read.
type Item struct {
	ID, Key, Title, URL, Service, Severity, Urgency string
	State                                           State
	Opened, Acknowledged, Resolved                  time.Time
	Labels                                          map[string]string
}

// Decode reads one JSON value, as paths want it, and nothing behind it.
func Decode(r io.Reader) (any, error) {
	dec := json.NewDecoder(r)
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, cmp.Or(err, errors.New("more follows after the JSON"))
	}
	return v, nil
}

// Read reads every incident of v. Those whose state is to be ignored are left out. Without Items v is a single incident,
// or a list of them. An incident without an id or a title, or in a state that no word means, is an error: it must not be
// taken for none.
func (s Shape) Read(v any) ([]Item, error) {
	list, err := s.list(v)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(list))
	for i, one := range list {
		item, err := s.item(one)
		if err != nil {
			return nil, fmt.Errorf("incident %d of the list: %w", i+1, err)
		}
		if item.State != Ignored {
			items = append(items, item)
		}
	}
	return items, nil
}

// Count is how many items the list has, also such as are ignored.
func (s Shape) Count(v any) int {
	list, _ := s.list(v)
	return len(list)
}

func (s Shape) list(v any) ([]any, error) {
	if !s.Items.IsZero() {
		return s.Items.List(v)
	}
	if list, ok := v.([]any); ok {
		return list, nil
	}
	return []any{v}, nil
}

func (s Shape) item(v any) (Item, error) {
	if _, ok := v.(map[string]any); !ok {
		return Item{}, fmt.Errorf("it is %s, not an object", what(v))
	}
	f := s.Fields
	item := Item{
		Key: f.Key.Text(v), Title: f.Title.first(v), URL: f.URL.Text(v), Service: f.Service.Text(v),
		Severity: f.Severity.Text(v), Urgency: f.Urgency.Text(v), Labels: f.Labels.labels(v),
	}
	var err error
	if item.ID, err = f.ID.together(v); err != nil {
		return item, err
	}
	if item.Opened, err = s.Times.at(f.Opened, v); err != nil {
		return item, fmt.Errorf("opened: %w", err)
	}
	if !f.Opened.IsZero() && item.Opened.IsZero() {
		return item, fmt.Errorf("opened: there is no time at %s", f.Opened)
	}
	return item, s.state(v, &item)
}

// state reads in which state the incident is. A time that cannot be read is one that is not known.
func (s Shape) state(v any, item *Item) (err error) {
	f := s.Fields
	item.State = Triggered
	if !f.Status.IsZero() {
		if item.State, err = s.States.of(f.Status.Text(v)); err != nil {
			return fmt.Errorf("status: %w", err)
		}
	}
	item.Acknowledged, _ = s.Times.at(f.Acknowledged, v)
	resolved, _ := s.Times.at(f.Resolved, v)
	acked := !item.Acknowledged.IsZero() || f.Acknowledged.Text(v) == "true"
	switch {
	case f.Status.IsZero() && !resolved.IsZero():
		item.State = Resolved
	case item.State == Triggered && acked:
		item.State = Acknowledged
	}
	if item.State == Resolved {
		item.Resolved = resolved
	}
	return nil
}

// at is the time at a path.
func (f Format) at(p Path, v any) (time.Time, error) {
	for _, found := range p.Find(v) {
		if t, err := f.Read(found); err != nil || !t.IsZero() {
			return t, err
		}
	}
	return time.Time{}, nil
}

func (p Paths) first(v any) string {
	for _, path := range p {
		if text := path.Text(v); text != "" {
			return text
		}
	}
	return ""
}

// together makes one text of all that the paths lead to. What is not plain stands in it as a digest.
func (p Paths) together(v any) (string, error) {
	var parts []string
	for _, path := range p {
		found := path.Find(v)
		if len(found) == 0 || found[0] == nil || found[0] == "" {
			return "", fmt.Errorf("there is nothing at %s, so nothing tells it from others", path)
		}
		text, plain := Text(found[0])
		if !plain {
			canonical, err := json.Marshal(found[0])
			if err != nil {
				return "", err
			}
			sum := sha256.Sum256(canonical)
			text = hex.EncodeToString(sum[:8])
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " "), nil
}

// Check finds what is wrong with the shape as a whole; each path has been looked at by itself.
func (s Shape) Check() []diag.FieldError {
	var bad []diag.FieldError
	if len(s.Fields.Title) == 0 {
		bad = append(bad, diag.FieldError{Field: "fields.title", Msg: "is needed: say where the title of an incident stands"})
	}
	if s.Fields.Status.IsZero() && !s.States.isZero() {
		bad = append(bad, diag.FieldError{Field: "states", Msg: "mean nothing without fields.status"})
	}
	known := map[string]string{}
	for _, list := range s.States.lists() {
		for i, word := range list.words {
			word = strings.ToLower(word)
			if other := known[word]; other != "" {
				bad = append(bad, diag.FieldError{Field: fmt.Sprintf("states.%s[%d]", list.state, i), Msg: fmt.Sprintf("%q stands under %s as well", word, other)})
			}
			known[word] = string(list.state)
		}
	}
	return slices.Clip(bad)
}

package icinga2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"time"
)

// num is a number that nothing may hang on: anything else is 0. Icinga writes booleans as either.
type num float64

// UnmarshalJSON never fails.
func (n *num) UnmarshalJSON(data []byte) error {
	*n = 0
	switch string(data) {
	case "true":
		*n = 1
	default:
		var f float64
		if json.Unmarshal(data, &f) == nil {
			*n = num(f)
		}
	}
	return nil
}

// time is a number of seconds as a moment; zero if there is none.
func (n num) time() time.Time {
	if n <= 0 || n > 1e11 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(float64(n) * 1e6))).UTC()
}

// span is a number of seconds.
func (n num) span() time.Duration {
	return time.Duration(math.Round(max(0, min(float64(n), 1e9))*1e6)) * time.Microsecond
}

// firm is a number without which the answer says nothing: anything else is an error.
type firm struct {
	num
	told bool
}

// UnmarshalJSON takes numbers and booleans.
func (f *firm) UnmarshalJSON(data []byte) error {
	var b bool
	if json.Unmarshal(data, &b) != nil || string(data) == "null" {
		var v *float64
		if err := json.Unmarshal(data, &v); err != nil || v == nil {
			return fmt.Errorf("%s is no number", data)
		}
	}
	f.told = true
	return f.num.UnmarshalJSON(data)
}

// text is a string that nothing may hang on.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	_ = json.Unmarshal(data, &s) // anything else is no text
	*t = text(s)
	return nil
}

// texts is a list of strings; anything else in it is left out. Nil means that there is no list.
type texts []string

// UnmarshalJSON never fails.
func (t *texts) UnmarshalJSON(data []byte) error {
	*t = nil
	var all []any
	if json.Unmarshal(data, &all) != nil || all == nil {
		return nil
	}
	*t = texts{}
	for _, v := range all {
		if s, ok := v.(string); ok {
			*t = append(*t, s)
		}
	}
	return nil
}

// lax is a field of any shape, of which only one is of use.
type lax[T any] struct{ v *T }

// UnmarshalJSON never fails.
func (l *lax[T]) UnmarshalJSON(data []byte) error {
	var v *T
	if json.Unmarshal(data, &v) != nil {
		v = nil
	}
	l.v = v
	return nil
}

// item is one object of an answer.
type item[T any] struct {
	Name  string `json:"name"`
	Attrs *T     `json:"attrs"`
}

// objects lists all objects of a type, with the attributes that are asked for. An answer that is no list, or holds what
// is no object, is an error, and so is a type that the user may not query: Icinga before 2.14 tells it by a 404.
func objects[T any](ctx context.Context, s *Source, kind, filter string, attrs ...string) ([]item[T], error) {
	query := url.Values{"attrs": attrs, "verbose": {"1"}} // verbose: an error says why
	if filter != "" {
		query.Set("filter", filter)
	}
	var found []item[T]
	err := s.api.Read(ctx, "/v1/objects/"+kind, query, func(body io.Reader) error {
		var err error
		found, err = results[item[T]](body)
		if err != nil {
			return err
		}
		for i, o := range found {
			if o.Name == "" || o.Attrs == nil {
				return fmt.Errorf("object %d of %s has no name or no attributes", i+1, kind)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// results reads an answer of Icinga's API: {"results": […]} and nothing behind it.
func results[T any](body io.Reader) ([]T, error) {
	var answer struct {
		Results *[]T `json:"results"`
	}
	dec := json.NewDecoder(body)
	if err := dec.Decode(&answer); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows after the JSON")
	}
	if answer.Results == nil {
		return nil, errors.New("the answer has no results, so it says nothing")
	}
	return *answer.Results, nil
}

package prometheus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// envelope is what every answer of the API stands in.
type envelope struct {
	Status    string          `json:"status"`
	Data      json.RawMessage `json:"data"`
	ErrorType string          `json:"errorType"`
	Error     string          `json:"error"`
	Warnings  []string        `json:"warnings"`
}

// notes begin the warnings that speak of the query, and not of what is missing in the answer.
var notes = []string{"PromQL warning:", "PromQL info:"}

// open is the data of an answer. One that failed, or is only a part of the answer, is an error.
func (e envelope) open() (json.RawMessage, error) {
	if e.Status != "success" {
		return nil, fmt.Errorf("the answer has the status %q: %s: %s", e.Status, e.ErrorType, e.Error)
	}
	for _, w := range e.Warnings {
		if !strings.HasPrefix(w, notes[0]) && !strings.HasPrefix(w, notes[1]) {
			return nil, fmt.Errorf("the answer may be only a part: %s", w)
		}
	}
	if data := bytes.TrimSpace(e.Data); len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return nil, errors.New("the answer holds no data, so it says nothing")
	}
	return e.Data, nil
}

// UnmarshalJSON fails on every answer that says nothing.
func (a *answer[T]) UnmarshalJSON(text []byte) error {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	data, err := e.open()
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &a.data)
}

// answer is a good answer with data of type T.
type answer[T any] struct{ data T }

// get asks one of the API's paths.
func get[T any](ctx context.Context, s *Source, path string, query url.Values) (T, error) {
	var a answer[T]
	err := s.api.Get(ctx, path, query, &a)
	return a.data, err
}

// series is one series of an answer, with one sample or more.
type series struct {
	labels  map[string]string
	samples []sample // oldest first, at least one
}

// sample is a value at a moment of the server's clock, which it tells to the millisecond.
type sample struct {
	at    time.Time
	value float64
}

// UnmarshalJSON reads [1795388918.026,"1"]. There are many, so it goes by hand.
func (s *sample) UnmarshalJSON(text []byte) error {
	pair, opened := bytes.CutPrefix(bytes.TrimSpace(text), []byte("["))
	pair, closed := bytes.CutSuffix(pair, []byte("]"))
	at, value, cut := bytes.Cut(pair, []byte(","))
	value = bytes.TrimSpace(value)
	if !opened || !closed || !cut || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return errors.New("a sample is no pair of time and value")
	}
	stamp, err := strconv.ParseFloat(string(bytes.TrimSpace(at)), 64)
	if err != nil {
		return err
	}
	s.at = seconds(stamp)
	s.value, err = strconv.ParseFloat(string(value[1:len(value)-1]), 64)
	return err
}

// seconds is the moment so many seconds after the epoch, to the millisecond.
func seconds(f float64) time.Time { return time.UnixMilli(int64(math.Round(f * 1000))).UTC() }

// result is the answer to a query.
type result struct {
	want string // vector or matrix
	all  []series
}

// UnmarshalJSON reads a vector or a matrix.
func (r *result) UnmarshalJSON(text []byte) error {
	var raw struct {
		ResultType string `json:"resultType"`
		Result     []struct {
			Metric map[string]string `json:"metric"`
			Value  *sample           `json:"value"`
			Values []sample          `json:"values"`
		} `json:"result"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	if raw.Result == nil || raw.ResultType != r.want {
		return fmt.Errorf("the answer is no %s, so it says nothing", r.want)
	}
	for _, one := range raw.Result {
		found := series{one.Metric, one.Values}
		if one.Value != nil {
			found.samples = []sample{*one.Value}
		}
		if one.Metric == nil || len(found.samples) == 0 {
			return errors.New("a series without labels or samples")
		}
		r.all = append(r.all, found)
	}
	return nil
}

// queryTimeout bounds what one query may cost the server.
const queryTimeout = "3s"

// longestURL is up to where a query is asked by GET, which more proxies let through than POST.
const longestURL = 2000

// query asks for what an expression is now. want is vector, or matrix where the expression is a range of raw samples.
func (s *Source) query(ctx context.Context, expr, want string) ([]series, error) {
	a := answer[result]{result{want: want}}
	ask := s.api.Get
	if len(expr) > longestURL {
		ask = s.api.Post
	}
	err := ask(ctx, "/api/v1/query", url.Values{"query": {expr}, "timeout": {queryTimeout}}, &a)
	return a.data.all, err
}

package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"nothing", http.Header{}, 0},
		{"PagerDuty's reset", http.Header{"Ratelimit-Reset": {"42"}}, 42 * time.Second},
		{"seconds", http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		{"a fraction", http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		{"the standard goes first", http.Header{"Retry-After": {"7"}, "Ratelimit-Reset": {"42"}}, 7 * time.Second},
		{"an unreadable one leaves the other", http.Header{"Retry-After": {"soon"}, "Ratelimit-Reset": {"42"}}, 42 * time.Second},
		{"a date", http.Header{"Retry-After": {now.Add(time.Minute).Format(http.TimeFormat)}}, time.Minute},
		{"a date by the server's clock", http.Header{
			"Date": {now.Add(time.Hour).Format(http.TimeFormat)}, "Retry-After": {now.Add(time.Hour + 9*time.Second).Format(http.TimeFormat)},
		}, 9 * time.Second},
		{"a date that is over", http.Header{"Retry-After": {now.Add(-time.Minute).Format(http.TimeFormat)}}, 0},
		{"negative", http.Header{"Retry-After": {"-5"}}, 0},
		{"for ever", http.Header{"Retry-After": {"99999999999999999999"}}, longestWait},
		{"an epoch", http.Header{"Ratelimit-Reset": {"1800000000"}}, longestWait},
		{"no number", http.Header{"Retry-After": {"NaN"}}, 0},
	} {
		if got := retryAfter(tc.header, now); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestWhatAnErrorCarries(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &Error{Kind: RateLimit, RetryAfter: time.Second})
	if KindOf(err) != RateLimit || RetryAfter(err) != time.Second {
		t.Errorf("%q, %s", KindOf(err), RetryAfter(err))
	}
	other := errors.New("other")
	if KindOf(other) != "" || RetryAfter(other) != 0 || KindOf(nil) != "" || RetryAfter(nil) != 0 {
		t.Error("an error of somebody else has a kind or a wait")
	}
}

func TestRateLimitTellsHowLong(t *testing.T) {
	err := serve(t, says(429, `{}`, "ratelimit-reset: 3")).Get(t.Context(), "/", nil, new(any))
	if RetryAfter(err) != 3*time.Second {
		t.Errorf("%s, %v", RetryAfter(err), err)
	}
}

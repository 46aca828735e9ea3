package main

import (
	"testing"
	"time"
)

func TestAges(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "12w": 84 * 24 * time.Hour, "36h": 36 * time.Hour, "1d12h": 36 * time.Hour} {
		var got age
		if err := got.Set(text); err != nil || time.Duration(got) != want {
			t.Errorf("%s is %v, %v", text, time.Duration(got), err)
		}
	}
	for _, text := range []string{"", "0d", "-1d", "90", "ninety days"} {
		var got age
		if err := got.Set(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestMoments(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-08-01": time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), "2026-08-01 12:30": time.Date(2026, 8, 1, 12, 30, 0, 0, time.UTC),
		"2026-08-01T12:30:00+02:00": time.Date(2026, 8, 1, 10, 30, 0, 0, time.UTC),
	} {
		var got moment
		if err := got.Set(text); err != nil || !got.at.Equal(want) || got.String() != text {
			t.Errorf("%s is %v, %v", text, got.at, err)
		}
	}
	var got moment
	if err := got.Set("1d"); err != nil || time.Since(got.at).Round(time.Hour) != 24*time.Hour {
		t.Errorf("1d ago is %v, %v", got.at, err)
	}
	if err := got.Set("yesterday"); err == nil {
		t.Error("yesterday is taken")
	}
}

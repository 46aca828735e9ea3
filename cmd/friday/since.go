package main

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
)

// age is a flag that takes a length of time as alerting systems write it: 90d, 12w, 36h.
type age time.Duration

func (a *age) String() string { return model.Duration(*a).String() }
func (a *age) Type() string   { return "age" }

func (a *age) Set(text string) error {
	d, err := model.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("want a length of time like 90d, 12w or 36h")
	}
	*a = age(d)
	return nil
}

// moment is a flag that takes a day, a time, or an age before now; the zero moment was not given.
type moment struct {
	at   time.Time
	text string
}

func (m *moment) String() string { return m.text }
func (m *moment) Type() string   { return "when" }

func (m *moment) Set(text string) error {
	var back age
	if back.Set(text) == nil {
		m.at, m.text = time.Now().Add(-time.Duration(back)), text
		return nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			m.at, m.text = at, text
			return nil
		}
	}
	return fmt.Errorf("want an age like 90d, 12w or 36h, or a day like 2026-08-01 (UTC)")
}

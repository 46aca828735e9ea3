package fields

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Format is how times are written. The zero Format is RFC 3339.
type Format struct{ name string }

// The formats with a name; any other one is a layout of Go's.
const (
	rfc3339 = "rfc3339"
	unix    = "unix"       // whole seconds since 1970
	unixMS  = "unix_ms"    // milliseconds since 1970
	unixF   = "unix_float" // seconds since 1970 with a fraction
)

// UnmarshalText reads the name of a format, or a layout.
func (f *Format) UnmarshalText(text []byte) error {
	switch name := string(text); name {
	case rfc3339, unix, unixMS, unixF:
		f.name = name
		return nil
	default:
		f.name = name
		want := time.Date(2031, time.November, 25, 0, 0, 0, 0, time.UTC)
		got, err := time.Parse(name, want.Format(name))
		if err != nil || got.Year() != want.Year() || got.YearDay() != want.YearDay() {
			return fmt.Errorf("%q is no format of times: want rfc3339, unix, unix_ms, unix_float, or a layout such as 2006-01-02 15:04:05", name)
		}
		return nil
	}
}

// MarshalText writes the format as it was written.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String is the format as it was written.
func (f Format) String() string {
	if f.name == "" {
		return rfc3339
	}
	return f.name
}

// IsZero reports whether nothing was said.
func (f Format) IsZero() bool { return f.name == "" }

// Write writes a time, in UTC. What the format does not show is cut off.
func (f Format) Write(t time.Time) string {
	switch t = t.UTC(); f.String() {
	case rfc3339:
		return t.Truncate(time.Second).Format(time.RFC3339)
	case unix:
		return fmt.Sprint(t.Unix())
	case unixMS:
		return fmt.Sprint(t.UnixMilli())
	case unixF:
		return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
	}
	return t.Format(f.name)
}

// Read reads a time from a JSON value. Null, "", 0 and the year 1 mean that there is none, which is no error.
func (f Format) Read(v any) (time.Time, error) {
	text, ok := Text(v)
	switch _, truth := v.(bool); {
	case v == nil || v == "":
		return time.Time{}, nil
	case !ok || truth:
		return time.Time{}, fmt.Errorf("%s is no time", what(v))
	}
	switch f.String() {
	case unix, unixMS, unixF:
		return f.number(text)
	case rfc3339:
		// ISO 8601 leaves the colon out, and some servers do.
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
			if t, err := time.Parse(layout, text); err == nil {
				return known(t), nil
			}
		}
	default:
		if t, err := time.Parse(f.name, text); err == nil {
			return known(t), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time in the format %s", text, f)
}

// known is t in UTC, or zero if its year stands for none.
func known(t time.Time) time.Time {
	if t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}

// number reads a number of seconds or milliseconds, exactly: a float would lose what is below a microsecond.
func (f Format) number(text string) (time.Time, error) {
	wrong := fmt.Errorf("%.40q is no time in the format %s", text, f)
	exact, err := strconv.ParseFloat(text, 64) // keeps what follows from being asked for a number of a billion digits
	n, ok := new(big.Rat), false
	if err == nil && exact >= 0 && exact < 1e18 && len(text) <= longest && strings.Trim(text, "0123456789.eE+-") == "" {
		n, ok = n.SetString(text)
	}
	if !ok {
		return time.Time{}, wrong
	}
	unit := int64(time.Second)
	if f.name == unixMS {
		unit = int64(time.Millisecond)
	}
	n.Mul(n, new(big.Rat).SetInt64(unit))
	nanos := new(big.Int).Quo(n.Num(), n.Denom())
	if !nanos.IsInt64() || nanos.Sign() < 0 {
		return time.Time{}, wrong
	}
	if nanos.Sign() == 0 {
		return time.Time{}, nil
	}
	return time.Unix(0, nanos.Int64()).UTC(), nil
}

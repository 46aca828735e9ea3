package fields

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, value, want string }{
		{"rfc3339", `"2026-01-02T03:04:05Z"`, "2026-01-02T03:04:05Z"},
		{"rfc3339", `"2026-01-02T03:04:05.678901234+02:00"`, "2026-01-02T01:04:05.678901234Z"},
		{"rfc3339", `"2026-01-02T03:04:05+0200"`, "2026-01-02T01:04:05Z"},
		{"rfc3339", `"yesterday"`, "no time in the format rfc3339"},
		{"rfc3339", `7`, "no time in the format rfc3339"},
		{"rfc3339", `true`, "a truth is no time"},
		{"rfc3339", `{}`, "an object is no time"},
		{"rfc3339", `null`, "none"},
		{"rfc3339", `""`, "none"},
		{"rfc3339", `"0001-01-01T00:00:00Z"`, "none"},
		{"unix", `1767323045`, "2026-01-02T03:04:05Z"},
		{"unix", `"1767323045"`, "2026-01-02T03:04:05Z"},
		{"unix", `1.767323045e9`, "2026-01-02T03:04:05Z"},
		{"unix", `0`, "none"},
		{"unix", `-1`, "no time in the format unix"},
		{"unix", `1e400`, "no time in the format unix"},
		{"unix", `1767323045000`, "no time in the format unix"}, // milliseconds: the year 57,974
		{"unix", `"1_767"`, "no time in the format unix"},
		{"unix", `"1/3"`, "no time in the format unix"},
		{"unix_ms", `1767323045678`, "2026-01-02T03:04:05.678Z"},
		{"unix_float", `1767323045.678901`, "2026-01-02T03:04:05.678901Z"},
		{"unix_float", `1767323045.123456789`, "2026-01-02T03:04:05.123456789Z"},
		{"2006-01-02 15:04:05", `"2026-01-02 03:04:05"`, "2026-01-02T03:04:05Z"},
		{"2006-01-02 15:04:05", `"2026-01-02T03:04:05Z"`, "no time in the format 2006-01-02 15:04:05"},
		{"02/Jan/2006:15:04:05 -0700", `"02/Jan/2026:03:04:05 +0100"`, "2026-01-02T02:04:05Z"},
	} {
		var f Format
		if err := f.UnmarshalText([]byte(c.format)); err != nil {
			t.Error(err)
			continue
		}
		got, err := f.Read(value(t, c.value))
		text := got.Format(time.RFC3339Nano)
		switch {
		case err != nil:
			text = err.Error()
		case got.IsZero():
			text = "none"
		}
		if !strings.HasSuffix(text, c.want) {
			t.Errorf("%s as %s: %s, want %s", c.value, c.format, text, c.want)
		}
	}
	for _, bad := range []string{"", "iso", "15:04:05", "2006"} {
		if err := new(Format).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a format", bad)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 4, 4, 5, 678_901_234, time.FixedZone("", 3600))
	for format, want := range map[string]string{
		"rfc3339": "2026-01-02T03:04:05Z", "unix": "1767323045", "unix_ms": "1767323045678", "unix_float": "1767323045.678901", "2006-01-02": "2026-01-02",
	} {
		if got := (Format{format}).Write(at); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}

// paths are paths that are good.
func paths(texts ...string) Paths {
	var all Paths
	for _, text := range texts {
		all = append(all, Must(text))
	}
	return all
}

func TestRead(t *testing.T) {
	t.Parallel()
	s := Shape{
		Items: Must("list"), States: Words{Triggered: []string{"Bad"}, Ignored: []string{"pending"}, Resolved: []string{"open"}},
		Fields: Record{
			ID: paths("id"), Title: paths("none", "title"), Status: Must("is"), Opened: Must("at"), Acknowledged: Must("ack"), Resolved: Must("end"), Labels: Must("labels"),
		},
	}
	const at = `"at":"2026-01-02T03:04:05Z"`
	for item, want := range map[string]string{
		`{"id":1,"title":"t","is":"BAD",` + at + `}`:                                                             "1 t triggered 0 map[]",
		`{"id":1,"is":"bad",` + at + `,"ack":true}`:                                                              "1  acknowledged 0 map[]",
		`{"id":1,"is":"bad",` + at + `,"ack":"2026-01-02T03:05:00Z"}`:                                            "1  acknowledged 0 map[]",
		`{"id":1,"is":"bad",` + at + `,"ack":false,"end":"2026-01-02T03:05:00Z"}`:                                "1  triggered 0 map[]",
		`{"id":1,"is":"open",` + at + `,"end":"2026-01-02T03:05:05Z"}`:                                           "1  resolved 60 map[]",
		`{"id":1,"is":"closed",` + at + `,"end":[]}`:                                                             "1  resolved 0 map[]",
		`{"id":1,"is":"firing",` + at + `,"labels":{"a":"b","c":2,"d":[],"":"x"}}`:                               "1  triggered 0 map[a:b c:2]",
		`{"id":1,"is":"firing",` + at + `,"labels":["a:b","c=d=e","x",{"key":"k","value":true},{"name":"n"},7]}`: "1  triggered 0 map[a:b c:d=e k:true]",
		`{"id":1,"is":"PENDING",` + at + `}`:                                                                     "",
		`{"is":"bad",` + at + `}`:                                                                                "error: there is nothing at id",
		`{"id":null,"is":"bad",` + at + `}`:                                                                      "error: there is nothing at id",
		`{"id":1,"is":"bad"}`:                                                                                    "error: opened: there is no time at at",
		`{"id":1,"is":"bad","at":"soon"}`:                                                                        "error: opened: \"soon\" is no time",
		`{"id":1,"is":"weird",` + at + `}`:                                                                       "error: status: nobody knows what \"weird\" means",
		`{"id":1,` + at + `}`:                                                                                    "error: status: there is no plain value",
		`null`:                                                                                                   "error: it is null, not an object",
		`"x"`:                                                                                                    "error: it is a text, not an object",
	} {
		items, err := s.Read(value(t, `{"list":[`+item+`]}`))
		got := ""
		for _, i := range items {
			seconds := 0.0
			if !i.Resolved.IsZero() {
				seconds = i.Resolved.Sub(i.Opened).Seconds()
			}
			got += fmt.Sprint(i.ID, " ", i.Title, " ", i.State, " ", seconds, " ", i.Labels)
		}
		if err != nil {
			got = "error: " + strings.TrimPrefix(err.Error(), "incident 1 of the list: ")
		}
		if got != want && !(strings.HasPrefix(want, "error") && strings.HasPrefix(got, want)) {
			t.Errorf("%s\n got %s\nwant %s", item, got, want)
		}
	}
}

// TestIDsOfManyFields: fields that are not plain stand in an id as a digest, the same for the same labels in any order.
func TestIDsOfManyFields(t *testing.T) {
	t.Parallel()
	s := Shape{Fields: Record{ID: paths("labels", "at"), Title: paths("at")}}
	read := func(text string) string {
		items, err := s.Read(value(t, text))
		if err != nil || len(items) != 1 {
			t.Fatalf("%s: %v, %v", text, items, err)
		}
		return items[0].ID
	}
	a, b, c := read(`{"at":7,"labels":{"x":"1","y":"2"}}`), read(`[{"labels":{"y":"2","x":"1"},"at":7}]`), read(`{"at":7,"labels":{"x":"1","y":"3"}}`)
	if a != b || a == c || !strings.HasSuffix(a, " 7") || len(a) != 18 {
		t.Errorf("%q %q %q", a, b, c)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := Shape{States: Words{Triggered: []string{"a", "B"}, Resolved: []string{"b"}}}
	var got []string
	for _, bad := range s.Check() {
		got = append(got, bad.Field+": "+bad.Msg)
	}
	want := []string{`fields.title: is needed: say where the title of an incident stands`, `states: mean nothing without fields.status`, `states.resolved[0]: "b" stands under triggered as well`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	for _, state := range []State{Triggered, Acknowledged, Resolved} {
		if got, err := (Words{}).of(strings.ToUpper(string(state))); got != state || err != nil {
			t.Errorf("%s: %s, %v", state, got, err)
		}
	}
}

package proc

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/failurefriday/friday/internal/match"
)

func TestMatchInWords(t *testing.T) {
	for want, m := range map[string]Match{
		"":                         {},
		"name a":                   {Name: match.Must("a")},
		"name [a, b], port 80":     {Name: match.Must("a", "b"), Port: 80},
		"command /x/, user root":   {Command: match.Must("/x/"), User: "root"},
		"pid_file /a, cgroup /b/i": {PIDFile: "/a", Cgroup: match.Must("/b/i")},
		"unit checkout.service":    {Unit: "checkout.service"},
	} {
		if got := m.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if m.Empty() != (want == "") {
			t.Errorf("%q: empty is %v", want, m.Empty())
		}
		data, err := json.Marshal(m)
		var back Match
		if err != nil || json.Unmarshal(data, &back) != nil || !reflect.DeepEqual(m.String(), back.String()) {
			t.Errorf("%q became %s and then %q, %v", want, data, back, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		comm, exe string
		argv      []string
		want      []string
	}{
		{"kworker/0:1", "", nil, []string{"kworker/0:1"}},
		{"a", "/bin/a", []string{"/bin/a", "-x"}, []string{"a"}},
		{"payments-servic", "/opt/payments-service", []string{"payments-service"}, []string{"payments-servic", "payments-service"}},
		{"a", "/bin/a (deleted)", []string{"b"}, []string{"a", "b", "a"}},
		{"a", "/bin/busybox", []string{""}, []string{"a", "busybox"}},
	} {
		if got := names(test.comm, test.exe, test.argv); !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}

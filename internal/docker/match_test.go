package docker

import (
	"encoding/json"
	"testing"

	"github.com/failurefriday/friday/internal/match"
)

func TestFits(t *testing.T) {
	c := Container{
		ID: "0123456789abcdef", Name: "shop-web-1", Image: "web:3",
		Labels: map[string]string{projectLabel: "shop", serviceLabel: "web", "tier": "front", "empty": ""},
	}
	label := func(key, value string) Match {
		return Match{Labels: map[string]match.Pattern{key: match.Must(value)}}
	}
	for _, test := range []struct {
		name string
		m    Match
		want bool
	}{
		{"nothing asked for", Match{}, false},
		{"engine alone", Match{Engine: "unix:///x"}, false},
		{"name", Match{Name: match.Must("shop-web-1")}, true},
		{"part of the name", Match{Name: match.Must("shop-web")}, false},
		{"name by regexp", Match{Name: match.Must("/^shop-/")}, true},
		{"name of a list", Match{Name: match.Must("a", "shop-web-1")}, true},
		{"any other name", Match{Name: match.Must("!shop-web-1")}, false},
		{"id", Match{ID: "0123456789abcdef"}, true},
		{"beginning of the id", Match{ID: "0123456789ab"}, true},
		{"middle of the id", Match{ID: "123456789abc"}, false},
		{"longer than the id", Match{ID: "0123456789abcdef0"}, false},
		{"label", label("tier", "front"), true},
		{"label with another value", label("tier", "back"), false},
		{"label that it has not", label("tiers", "front"), false},
		{"negation of a label that it has not", label("tiers", "!front"), false},
		{"empty label", label("empty", "/^$/"), true},
		{"two labels, one wrong", Match{Labels: map[string]match.Pattern{"tier": match.Must("front"), "empty": match.Must("x")}}, false},
		{"image", Match{Image: match.Must("/^web:/")}, true},
		{"another image", Match{Image: match.Must("db:3")}, false},
		{"project", Match{Project: match.Must("shop")}, true},
		{"another project", Match{Project: match.Must("!shop")}, false},
		{"service", Match{Service: match.Must("web", "db")}, true},
		{"all of it", Match{Name: match.Must("/web/"), ID: "0123", Image: match.Must("web:3"), Project: match.Must("shop"), Service: match.Must("web")}, true},
		{"all but one", Match{Name: match.Must("/web/"), ID: "0123", Image: match.Must("web:3"), Project: match.Must("shop"), Service: match.Must("db")}, false},
	} {
		if got := test.m.Fits(c); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
	bare := Container{ID: "ff", Name: "x"}
	for name, m := range map[string]Match{"project": {Project: match.Must("!shop")}, "service": {Service: match.Must("!web")}} {
		if m.Fits(bare) {
			t.Errorf("%s: a container that Compose did not make fits", name)
		}
	}
}

func TestMatchInWords(t *testing.T) {
	for want, m := range map[string]Match{
		"":                          {},
		"name web":                  {Name: match.Must("web")},
		"name [a, b], id 0123":      {Name: match.Must("a", "b"), ID: "0123"},
		"label a=/x/, label b=y":    {Labels: map[string]match.Pattern{"b": match.Must("y"), "a": match.Must("/x/")}},
		"image i, project p":        {Image: match.Must("i"), Project: match.Must("p")},
		"project shop, service web": {Project: match.Must("shop"), Service: match.Must("web")},
	} {
		if got := m.String(); got != want || m.Empty() != (want == "") {
			t.Errorf("got %q, empty %v, want %q", got, m.Empty(), want)
		}
		data, err := json.Marshal(m)
		var back Match
		if err != nil || json.Unmarshal(data, &back) != nil || back.String() != want {
			t.Errorf("%q became %s and then %q, %v", want, data, back, err)
		}
	}
}

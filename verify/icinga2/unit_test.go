package icinga2

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

func TestClock(t *testing.T) {
	t.Parallel()
	at := time.Now()
	var c clock
	if d, known := c.offset(); d != 0 || known {
		t.Errorf("before: %s, %t", d, known)
	}
	c.observe(at.Add(50*time.Millisecond), at, at.Add(100*time.Millisecond))
	if d, known := c.offset(); d != 0 || !known {
		t.Errorf("the same clock: %s, %t", d, known)
	}
	c.observe(at.Add(time.Hour), at, at.Add(100*time.Millisecond)) // it was set
	c.observe(at.Add(time.Hour), at.Add(-100*time.Millisecond), at)
	if d, known := c.offset(); d != time.Hour || !known {
		t.Errorf("an hour ahead: %s, %t", d, known)
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p     Params
		field string
	}{
		{Params{URL: "ftp://x"}, "url"},
		{Params{URL: "https://u:p@x"}, "url"},
		{Params{URL: "https://x", User: "me"}, "password"},
		{Params{URL: "https://x", Fingerprint: "abc"}, "fingerprint"},
		{Params{URL: "https://x", Fingerprint: "ab", CA: "x"}, "fingerprint"},
		{Params{URL: "https://x", Hosts: make([]string, 51)}, "hosts"},
	} {
		c.p.Poll = time.Second
		if bad := c.p.Check(); len(bad) == 0 || bad[0].Field != c.field {
			t.Errorf("%+v: %v, want %s", c.p, bad, c.field)
		}
	}
	if _, err := (&Params{URL: "https://x", CA: "/nowhere"}).Build("x", verify.Env{}); err == nil {
		t.Error("a CA that is not there")
	}
}

func TestNumbersOfAnyShape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]num{`1.5`: 1.5, `true`: 1, `false`: 0, `null`: 0, `"x"`: 0, `{}`: 0} {
		var n num
		if err := json.Unmarshal([]byte(text), &n); err != nil || n != want {
			t.Errorf("%s: %g, %v", text, n, err)
		}
		var f firm
		if err := json.Unmarshal([]byte(text), &f); (err == nil) != (text != `null` && text != `"x"` && text != `{}`) || f.num != want {
			t.Errorf("firm %s: %g, %v", text, f.num, err)
		}
	}
	if got := num(1795389159.703493).time(); got.UnixMicro() != 1795389159703493 {
		t.Errorf("%s", got)
	}
}

// TestSoonest: Icinga checks up to half a second and a twentieth of the interval early, except every second.
func TestSoonest(t *testing.T) {
	t.Parallel()
	for interval, want := range map[time.Duration]time.Duration{
		0: 0, time.Second: time.Second, 10 * time.Second: 9 * time.Second, time.Minute: 56*time.Second + 500*time.Millisecond,
	} {
		if got := soonest(interval); got != want {
			t.Errorf("%s: %s, want %s", interval, got, want)
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var p period
	if err := json.Unmarshal([]byte(`{"ranges":{"monday":"00:00-24:00"},"segments":[{"begin":900,"end":950},{"begin":3000,"end":4000},{"begin":2000,"end":2500}]}`), &p); err != nil {
		t.Fatal(err)
	}
	if p.always() || p.next(now).Unix() != 2000 {
		t.Errorf("%+v: next %s", p, p.next(now))
	}
	week := `{"monday":"00:00-24:00","tuesday":"00:00-24:00","wednesday":"00:00-24:00","thursday":"00:00-24:00","friday":"00:00-24:00","saturday":"00:00-24:00","sunday":"00:00-24:00"}`
	if err := json.Unmarshal([]byte(`{"ranges":`+week+`}`), &p); err != nil || !p.always() {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestMeant: an alert is named by host!service, service, display name or host; without one the incident tells.
func TestMeant(t *testing.T) {
	t.Parallel()
	c := checkable{key: "web-1!checkout", host: "web-1", service: "checkout", attrs: attrs{Display: "Checkout shop"}}
	h := checkable{key: "web-1", host: "web-1"}
	w := &world{all: []checkable{h, c}}
	alert := func(name string) verify.Expectation { return expects("1.1", name) }
	own := func(m verify.Match) verify.Expectation { return verify.Expectation{Source: "icinga", Match: m} }
	for name, of := range map[string]struct {
		e    verify.Expectation
		want string
	}{
		"host!service": {alert("web-1!checkout"), " web-1!checkout "}, "service": {alert("checkout"), " web-1!checkout "},
		"display": {alert("Checkout shop"), " web-1!checkout "}, "host": {alert("web-1"), " web-1 "}, "pattern": {alert("/web/"), " web-1 web-1!checkout "},
		"nothing":  {alert("chekout"), " "},
		"key":      {own(verify.Match{Key: match.Must("web-1!checkout"), Severity: match.Must("warning")}), " web-1!checkout "},
		"title":    {own(verify.Match{Title: match.Must("/shop/")}), " web-1!checkout "},
		"exact":    {own(verify.Match{Title: match.Must("web-1!checkout: refused")}), " web-1!checkout "},
		"labels":   {own(verify.Match{Labels: map[string]match.Pattern{"service": match.Must("checkout")}}), " web-1!checkout "},
		"only how": {own(verify.Match{Severity: match.Must("critical")}), " "},
	} {
		got := " "
		for _, c := range w.meant(of.e) {
			got += c.key + " "
		}
		if got != of.want {
			t.Errorf("%s: %q, want %q", name, got, of.want)
		}
	}
}

package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios"
)

func TestEveryKeyOfTheConfigurationArrives(t *testing.T) {
	conf, err := scenarios.LoadConfig("friday.yaml", files(t, "good")["config-full"], testKinds())
	if err != nil {
		t.Fatal(err)
	}
	inbox, ok := conf.Sources["inbox"].Params.(*pagerduty)
	if !ok || conf.Sources["inbox"].Kind != "pagerduty" || inbox.URL != "http://127.0.0.1:9911" || inbox.Poll != 500*time.Millisecond || inbox.Ratio != 0.25 {
		t.Errorf("inbox: %+v", conf.Sources["inbox"])
	}
	second := conf.Sources["pager.duty-2"].Params.(*pagerduty)
	if second.Token.Env != "PAGERDUTY_TOKEN" || second.URL != "https://api.pagerduty.com" {
		t.Errorf("defaults: %+v", second)
	}
	if want := (diag.Pos{File: "friday.yaml", Line: 5, Col: 5}); conf.Sources["inbox"].Pos != want {
		t.Errorf("inbox is at %s, want %s", conf.Sources["inbox"].Pos, want)
	}
	if conf.Environment != "staging" || len(conf.Allow) != 3 || conf.State != "/var/lib/friday" || conf.File != "friday.yaml" {
		t.Errorf("got %+v", conf)
	}
	if p := conf.Protected; len(p) != 2 || p[0].Name.String() != "postgres" || p[1].Port != 22 {
		t.Errorf("protected: %+v", p)
	}
	if want := (scenarios.Limits{MaxTargets: 10, MaxHold: 15 * time.Minute, Margin: 10 * time.Second}); conf.Limits != want {
		t.Errorf("limits: %+v", conf.Limits)
	}
}

func TestOtherFilesAreReadAsStrictly(t *testing.T) {
	type file struct {
		Name string `yaml:"name" required:"true"`
		Many int    `yaml:"many" default:"3"`
		Kept string `yaml:"kept"`
	}
	got := file{Kept: "this"}
	if err := scenarios.DecodeFile("a.yaml", []byte("name: x"), &got); err != nil || got != (file{"x", 3, "this"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	err := scenarios.DecodeFile("a.yaml", []byte("nmae: x\nmany: few"), &got)
	if problems := diag.All(err); len(problems) != 2 || problems[0].Hint != `did you mean "name"?` || problems[1].Pos.Line != 2 {
		t.Errorf("got %v", err)
	}
}

// TestLinksThatTellTooMuch: they are refused, and what they tell is not shown.
func TestLinksThatTellTooMuch(t *testing.T) {
	for _, link := range []string{"https://ada:s3cret@x.org/f", "https://x.org/f?token=s3cret", "https://x.org/f#s3cret", "https://x.org/%zz-s3cret"} {
		_, err := scenarios.LoadConfig("friday.yaml", []byte("link: \""+link+"\"\n"), testKinds())
		if err == nil || !strings.Contains(err.Error(), "1:7: link is no address of a site") || strings.Contains(fmt.Sprintf("%v %+v", err, diag.All(err)), "s3cret") {
			t.Errorf("%s: %v", link, err)
		}
	}
}

type pigeon struct {
	To string `yaml:"to" required:"true"`
}

func TestWhomToTell(t *testing.T) {
	kinds := testKinds()
	kinds.Notify = []decode.Kind{{Name: "pigeon", Summary: "a bird", New: func() any { return new(pigeon) }}}
	conf, err := scenarios.LoadConfig("friday.yaml", []byte("link: https://x.org/f\nnotify:\n  team:\n    on: change\n    pigeon: {to: roof}\n  boss:\n    pigeon: {to: office}\n"), kinds)
	if err != nil {
		t.Fatal(err)
	}
	team, boss := conf.Notify["team"], conf.Notify["boss"]
	if team.On != "change" || team.Kind != "pigeon" || team.Params.(*pigeon).To != "roof" || team.Pos.Line != 5 || boss.On != "always" || conf.Link != "https://x.org/f" {
		t.Errorf("got %+v, %+v, link %s", team, boss, conf.Link)
	}
	_, err = scenarios.LoadConfig("friday.yaml", []byte("link: x.org\nnotify:\n  a b: {pigeon: {to: x}}\n  c: {on: never, owl: {}}\n  d: {pigeon: {}}\n  e: {}\n"), kinds)
	var got []string
	for _, p := range diag.All(err) {
		got = append(got, p.Msg)
	}
	want := []string{
		`link is "x.org": want http:// or https:// and a host`,
		`"a b" cannot be a name in notify: want letters, digits, dots, dashes and underscores, beginning with a letter or digit`,
		`on is "never": want always, failure or change`,
		`unknown kind of target "owl"`,
		`pigeon needs the key "to"`,
		`e needs a key that names the kind of target`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

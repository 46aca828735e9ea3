package scenarios_test

import (
	"testing"
	"time"

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

package scenarios

import (
	"strings"
	"testing"
	"time"
)

func TestEnvironments(t *testing.T) {
	for _, c := range []struct {
		name             string
		config, scenario string
		listed, allowed  []string
		refused          string
	}{
		{name: "nothing said"},
		{name: "staging", config: "staging"},
		{name: "production", config: "production", refused: "--allow production"},
		{name: "production in capitals", config: "Production", refused: "--allow Production"},
		{name: "production listed is not enough", config: "production", listed: []string{"production"}, refused: "--allow production"},
		{name: "production allowed now", config: "production", allowed: []string{"production"}},
		{name: "scenario for production", scenario: "production", refused: "--allow production"},
		{name: "scenario for elsewhere", config: "staging", scenario: "production", allowed: []string{"production"}, refused: "is for environment production"},
		{name: "unknown", config: "mars", refused: "--allow mars"},
		{name: "unknown and listed", config: "mars", listed: []string{"mars"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := checkEnvironment(Setup{
				Config: &Config{Environment: c.config, Allow: c.listed}, Scenario: &Scenario{Name: "s", Environment: c.scenario}, Allow: c.allowed,
			})
			switch {
			case c.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
				t.Errorf("got %v, want …%s…", err, c.refused)
			}
		})
	}
}

func TestHoldsAreBounded(t *testing.T) {
	s := Setup{Config: &Config{Limits: Limits{MaxHold: time.Minute}}, Scenario: &Scenario{Steps: []Step{{Hold: time.Minute}, {Hold: time.Hour}, {Hold: 2 * time.Hour}}}}
	err := checkHolds(s)
	if err == nil || strings.Count(err.Error(), "max_hold") != 2 {
		t.Errorf("got %v, want two refusals", err)
	}
}

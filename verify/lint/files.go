package lint

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// notLoaded tells what is wrong in the files themselves.
func notLoaded(_ context.Context, l *look) error {
	for _, p := range l.Problems {
		advice := "correct it: as it is, the server refuses the whole file, and goes on with what it had loaded before"
		if p.Hint != "" {
			advice = p.Hint + "; " + advice
		}
		l.say(at(verify.Severe, "", "file", p.Pos), p.Msg, advice)
	}
	for _, r := range l.Routers {
		for _, p := range r.Config.Problems {
			l.say(at(verify.Severe, r.Name, "configuration", p.Pos), p.Msg, "correct it: Alertmanager refuses such a configuration")
		}
	}
	return nil
}

// noRuleFiles: a pattern that matches nothing is no error to Prometheus. One below a folder that is not here is for
// another machine.
func noRuleFiles(_ context.Context, l *look) error {
	for _, e := range l.Engines {
		if e.Live != nil || e.Config == nil {
			continue
		}
		for _, g := range e.Config.RuleFiles {
			dir := filepath.Dir(g.Pattern)
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(filepath.Dir(e.Config.File), dir)
			}
			if _, err := os.Stat(dir); len(g.Files) > 0 || err != nil {
				continue
			}
			l.say(at(verify.Risky, e.Name, "rule_files", g.Pos), fmt.Sprintf("%s matches no file, and Prometheus starts without a word", g.Pattern),
				"correct the pattern; it is relative to the folder of the configuration")
		}
	}
	return nil
}

// noRouter finds engines whose alerts go nowhere.
func noRouter(ctx context.Context, l *look) error {
	const advice = "name an Alertmanager under alerting: in prometheus.yml, and see that it is discovered"
	for _, e := range l.Engines {
		if e.Live != nil {
			n, err := e.Live.Alertmanagers(ctx)
			if err != nil {
				return err
			}
			if n == 0 && len(e.alerts) > 0 {
				f := at(verify.Severe, e.Name, "alerting", diag.Pos{})
				l.say(f, fmt.Sprintf("%s, and no Alertmanager that its alerts are sent to: none is configured, or none is discovered", counted(len(e.alerts), "alerting rule")), advice)
			}
			continue
		}
		if e.Config == nil || e.Config.Alertmanagers || len(e.alerts) == 0 {
			continue
		}
		pos := e.Config.AlertingPos
		pos.File = e.Config.File
		l.say(at(verify.Severe, "", "alerting", pos), fmt.Sprintf("there is no Alertmanager that alerts are sent to, and %s", counted(len(e.alerts), "alerting rule")), advice)
	}
	return nil
}

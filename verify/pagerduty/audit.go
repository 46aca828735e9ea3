package pagerduty

import (
	"context"
	"slices"

	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/verify"
)

var _ verify.Auditor = (*Source)(nil)

// Audit finds services that would notify nobody if an event came now: escalation policies whose first level is empty, ongoing
// maintenance, services that are disabled. Where the source is narrowed to services it looks at those alone. It costs as many
// requests as Trace; what the token may not read is a finding as well.
func (s *Source) Audit(ctx context.Context) ([]verify.Finding, error) {
	acc := account{grows: s.local}
	if err := acc.read(ctx, s, []verify.Expectation{{Match: verify.Match{Service: match.Must("/./")}}}); err != nil {
		return nil, err
	}
	var found []verify.Finding
	say := func(kind, check string, severity verify.Severity, subject string, ev verify.Evidence) {
		found = append(found, verify.Finding{Kind: kind, Check: check, Severity: severity, Source: s.name, Subject: subject, Text: ev.Text, Advice: ev.Advice})
	}
	for _, ev := range acc.hidden {
		say("SF-29", "permission", verify.Risky, "token", ev)
	}
	wanted := s.narrow.wanted
	for _, o := range acc.services {
		if len(wanted) > 0 && !slices.Contains(wanted, o.text("id")) && !slices.Contains(wanted, name(o)) {
			continue
		}
		subject := "service " + name(o)
		switch ev, closed := acc.closed(o); {
		case closed && o.text("status") == "disabled" && len(wanted) == 0:
			say("SF-15", "disabled", verify.Remark, subject, ev) // old ones are kept so
			continue
		case closed && o.text("status") == "disabled":
			say("SF-15", "disabled", verify.Severe, subject, ev)
		case closed:
			say("SF-12", "maintenance", verify.Risky, subject, ev)
		}
		if ev, nobody := acc.nobody(o); nobody {
			say("SF-20", "nobody-on-call", verify.Severe, subject, ev)
		}
	}
	return found, nil
}

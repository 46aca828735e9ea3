package mail

import (
	"slices"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
)

// decoded reads parameters as friday.yaml has them.
func decoded(text string) (*Params, diag.Problems) {
	report := diag.NewReport([]byte(text))
	p := new(Params)
	if root := decode.Parse("friday.yaml", []byte(text), report); root != nil {
		decode.Into(root, p, nil, report)
	}
	return p, diag.All(report.Err())
}

const written = `
url: imaps://imap.example.org
user: oncall@example.org
password: {env: MAIL_PASSWORD}
filter: {in: from_addresses, regex: '@monitoring\.example\.org$'}
rules:
  - action: resolve
    match: {in: subject, contains: "[OK]"}
    extract:
      incident_key: {from: subject, regex: '\[OK\] (\S+) on (\S+)'}
  - action: trigger
    match:
      all:
        - {in: subject, regex: '^\[(CRIT|WARN)\]'}
        - not: {any: [{in: body, contains: maintenance}, {in: body, exactly: test}]}
    extract:
      incident_key: {from: subject, regex: '\[\w+\] (\S+) on (\S+)'}
      service: {from: body, after: "Service:", before: "\n"}
      severity: {from: subject, regex: '\[(\w+)\]'}
      title: {from: subject}
fallback: open_new_incident
`

func TestRulesOfAFile(t *testing.T) {
	t.Parallel()
	p, problems := decoded(written)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	e, err := p.compile()
	if err != nil {
		t.Fatal(err)
	}
	m := letter{subject: "[CRIT] http on web-1", from: []string{"nagios@monitoring.example.org"}, body: "Service: Shop\nit is down\n"}
	if got := e.read(m); got.means != trigger || got.key != "http-web-1" || got.fields["service"] != "Shop" || got.fields["severity"] != "CRIT" || got.fields["title"] != m.subject {
		t.Errorf("got %+v", got)
	}
	m.body = "maintenance"
	if got := e.read(m); got.means != trigger || got.key != "" {
		t.Errorf("the fallback made it %+v", got)
	}
	m.subject = "[OK] http on web-1"
	if got := e.read(m); got.means != resolve || got.key != "http-web-1" {
		t.Errorf("got %+v", got)
	}
	m.from = []string{"shop@example.org"}
	if got := e.read(m); got.means != foreign {
		t.Errorf("got %+v", got)
	}
}

// TestFaultsStandWhereTheyAre: each problem of the rules is told at its line.
func TestFaultsStandWhereTheyAre(t *testing.T) {
	t.Parallel()
	bad := strings.NewReplacer(`regex: '\[(\w+)\]'`, `regex: '\[\w+\]'`, "in: body, contains", "in: bodies, contains", `, before: "\n"`, "", "open_new_incident", "open").Replace(written)
	_, problems := decoded(bad)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Pos.Line)
	}
	if want := []int{15, 18, 19, 21}; !slices.Equal(lines, want) {
		t.Errorf("problems at lines %v, want %v:\n%v", lines, want, problems)
	}
	for _, text := range []string{"url: imaps://h\nuser: u\npassword: {env: P}\nrules: [{action: open, match: {in: body, contains: x}, extract: {incident_key: {from: body}}}]\n", "preset: monit\n"} {
		if _, problems := decoded(text); len(problems) == 0 {
			t.Errorf("no problem with\n%s", text)
		}
	}
}

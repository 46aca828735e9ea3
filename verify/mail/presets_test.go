package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// read reads a mail by a preset.
func read(t *testing.T, preset, raw string) reading {
	t.Helper()
	e, err := (&Params{Preset: preset}).compile()
	if err != nil {
		t.Fatal(err)
	}
	m := e.item(header{uid: 1}, crlf(raw), start)
	if m.fault != "" {
		t.Errorf("the mail cannot be read: %s", m.fault)
	}
	return m.reading
}

// TestPresetsReadRealMails: mails as the systems wrote them.
func TestPresetsReadRealMails(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		preset string
		means  meaning
		key    string
		fields string // name=value, in any order, some of them
	}{
		"alertmanager_firing_TargetDown":               {"alertmanager", trigger, "TargetDown", "alertname=TargetDown service=checkout severity=critical job=checkout instance=127.0.0.1:18080"},
		"alertmanager_resolved_TargetDown":             {"alertmanager", resolve, "TargetDown", "service=checkout"},
		"alertmanager_firing_ProbeFailing":             {"alertmanager", trigger, "ProbeFailing", "alertname=ProbeFailing service=checkout severity=warning"},
		"alertmanager_resolved_ProbeFailing":           {"alertmanager", resolve, "ProbeFailing", "alertname=ProbeFailing"},
		"alertmanager_delivered_via_opensmtpd_dovecot": {"alertmanager", trigger, "DiskFull", "service=checkout severity=critical"},
		"monit_mail01":                   {"monit", trigger, "checkout", "service=checkout host=vm action=exec"},
		"monit_mail02":                   {"monit", trigger, "Connection-web", "service=web host=vm action=alert"},
		"nagios_problem_service":         {"nagios", trigger, "web-1-HTTP checkout", "host=web-1 severity=CRITICAL"},
		"nagios_recovery_service":        {"nagios", resolve, "web-1-HTTP checkout", "host=web-1 severity=OK"},
		"nagios_acknowledgement_service": {"nagios", foreign, "", ""},
		"nagios_problem_host":            {"nagios", trigger, "web-1", "host=web-1 severity=DOWN"},
		"nagios_recovery_host":           {"nagios", resolve, "web-1", "host=web-1 severity=UP"},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", file+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, want.preset, string(raw))
		if got.means != want.means || got.key != want.key {
			t.Errorf("%s: %d %q, want %d %q", file, got.means, got.key, want.means, want.key)
		}
		for pair := range strings.FieldsSeq(want.fields) {
			name, value, _ := strings.Cut(pair, "=")
			if got.fields[name] != value {
				t.Errorf("%s: %s is %q, want %q", file, name, got.fields[name], value)
			}
		}
		for _, other := range presets {
			if got := read(t, other.name, string(raw)); other.name != want.preset && got.means != unmatched {
				t.Errorf("%s is read by the preset %s, too: %+v", file, other.name, got)
			}
		}
	}
}

// TestSubjectsOfAlertmanager: the key is what the group is named by, whatever its alerts have in common.
func TestSubjectsOfAlertmanager(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{
		"[FIRING:1] TargetDown (127.0.0.1:18080 checkout ff critical)": "TargetDown",
		"[FIRING:12] TargetDown (ff critical)":                         "TargetDown",
		"[RESOLVED] TargetDown (127.0.0.1:18080 checkout ff critical)": "TargetDown",
		"[RESOLVED] TargetDown":                                        "TargetDown",
		"[FIRING:1] TargetDown checkout prod (critical)":               "TargetDown checkout prod",
		"[FIRING:2]  (TargetDown critical)":                            "(TargetDown critical)", // grouped by nothing
		"[FIRING:1] Disk (root) full (critical)":                       "Disk",                  // a label with parentheses, told alike when it resolves
		"[RESOLVED] Disk (root) full (critical)":                       "Disk",
	} {
		got := read(t, "alertmanager", "From: am@x\nSubject: "+subject+"\n\nx\n")
		if got.key != want || (got.means == resolve) != strings.HasPrefix(subject, "[RESOLVED]") {
			t.Errorf("%s: %+v, want key %q", subject, got, want)
		}
	}
}

// TestEventsOfMonit: what fails has the key of what succeeds again.
func TestEventsOfMonit(t *testing.T) {
	t.Parallel()
	mail := func(event string) string {
		return "From: monit@x\nSubject: anything\n\n" + event + " Service my web \n\n\tDate:        Sun, 22 Nov 2026\n\tHost:        vm\n"
	}
	for _, c := range [][3]string{
		{"Does not exist", "Exists", "my web"},
		{"Connection failed", "Connection succeeded", "Connection-my web"},
		{"Resource limit matched", "Resource limit succeeded", "Resource limit-my web"},
		{"Download bytes exceeded", "Download bytes ok", "Download bytes-my web"},
		{"Link down", "Link up", "Link-my web"},
		{"Timeout", "Timeout recovery", "Timeout-my web"},
		{"Checksum changed", "Checksum not changed", "Checksum-my web"},
		{"Content match", "Content doesn't match", "Content-my web"},
		{"Data access error", "Data access succeeded", "Data access-my web"},
	} {
		on, off := read(t, "monit", mail(c[0])), read(t, "monit", mail(c[1]))
		if on.means != trigger || off.means != resolve || on.key != c[2] || off.key != c[2] || on.fields["service"] != "my web" {
			t.Errorf("%s: %+v, %s: %+v; want key %q", c[0], on, c[1], off, c[2])
		}
	}
	for _, event := range []string{"Monit instance changed", "Action done"} {
		if got := read(t, "monit", mail(event)); got.means != foreign {
			t.Errorf("%s: %+v", event, got)
		}
	}
}

// crlf is a mail as it is sent.
func crlf(raw string) []byte {
	return []byte(strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\n", "\r\n"))
}

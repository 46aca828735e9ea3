package scenarios

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"

	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/verify"
)

// LoadConfig reads friday.yaml, called name in messages and in Config.File. It returns either a configuration, its
// defaults filled in, or an error that carries every problem of the file (diag.Problems). It reads no secret.
func LoadConfig(name string, data []byte, kinds Kinds) (*Config, error) {
	conf := &Config{File: name}
	report := diag.NewReport(data)
	root := decode.Parse(name, data, report)
	if root == nil {
		return nil, report.Err()
	}
	root.Expand(func(variable string, pos diag.Pos) (string, bool) {
		report.Add(pos, fmt.Sprintf("${%s}: only scenario files have variables", variable),
			"a secret is named by {env: NAME} or {file: PATH}; write $${ for a plain ${")
		return "", false
	}, report)
	decode.Into(root, conf, slots(kinds), report)
	for i, m := range conf.Protected {
		if n := root.Key("protected").Item(i); n.Sound() && reflect.ValueOf(m).IsZero() {
			report.Add(n.Pos, "every process would be protected", "add at least one of name, command, pid_file, port, user, cgroup, unit")
		}
	}
	checkLink(conf.Link, root.Key("link"), report)
	if err := report.Err(); err != nil {
		return nil, err
	}
	return conf, nil
}

// checkLink finds what everybody would be told who is sent a link, and what no report could be found under.
func checkLink(link string, n *decode.Node, report *diag.Report) {
	if link == "" || !n.Sound() {
		return
	}
	u, err := url.Parse(link)
	if err == nil && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		return
	}
	report.Hide(link)
	report.Add(n.Pos, "link is no address of a site: want a host and a path, with no user, query or fragment", "everybody who is told of a run gets the link")
}

// DecodeFile reads any other YAML file as strictly: into the struct that into points to, by its yaml, doc, default and
// required tags, over what the struct holds already. The error carries every problem of the file (diag.Problems).
func DecodeFile(name string, data []byte, into any) error {
	report := diag.NewReport(data)
	if root := decode.Parse(name, data, report); root != nil {
		decode.Into(root, into, nil, report)
	}
	return report.Err()
}

// defaultConfig is what a project without friday.yaml is run with: the inbox of `friday inbox`, and PagerDuty.
const defaultConfig = `
sources:
  inbox:
    pagerduty: {url: "http://127.0.0.1:9911", token: {env: FRIDAY_INBOX_TOKEN}}
  pagerduty:
    pagerduty: {token: {env: PAGERDUTY_TOKEN}}
`

// DefaultConfig is the configuration where there is no friday.yaml: two sources, inbox and pagerduty, if there is a kind
// of that name, else none.
func DefaultConfig(kinds Kinds) (*Config, error) {
	text := defaultConfig
	if !slices.ContainsFunc(kinds.Sources, func(k verify.SourceKind) bool { return k.Name == "pagerduty" }) {
		text = "{}"
	}
	conf, err := LoadConfig("built-in configuration", []byte(text), kinds)
	if err != nil {
		return nil, err
	}
	conf.File = ""
	return conf, nil
}

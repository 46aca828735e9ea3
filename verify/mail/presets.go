package mail

import "fmt"

// preset are rules for the mails that one alerting system sends unless it is told otherwise.
type preset struct {
	name   string
	filter Predicate
	rules  []Rule
}

// presets are those that a mailbox can name.
var presets = []preset{
	{name: "alertmanager", rules: alertmanagerRules()},
	{name: "icinga", filter: without(`^\[(?:ACKNOWLEDGEMENT|DOWNTIME\w*|FLAPPING\w*|CUSTOM)\]`), rules: icingaRules()},
	{name: "monit", filter: Predicate{Not: &Predicate{In: partBody, Regex: `\A\s*(?:Action done|Monit instance [\w ]+) Service `}}, rules: monitRules()},
	{name: "nagios", filter: without(`^\*\* (?:ACKNOWLEDGEMENT|DOWNTIME\w*|FLAPPING\w*|CUSTOM) `), rules: nagiosRules()},
}

func presetNames() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.name
	}
	return names
}

// without lets all mails through but those with such a subject: they tell of what people did, not of what happened.
func without(subject string) Predicate {
	return Predicate{Not: &Predicate{In: partSubject, Regex: subject}}
}

// pair is a trigger and a resolve that find the same values in the same way.
func pair(on, off Predicate, extract map[string]Extract) []Rule {
	return []Rule{{Action: "resolve", Match: off, Extract: extract}, {Action: "trigger", Match: on, Extract: extract}}
}

func subject(regex string) Predicate { return Predicate{In: partSubject, Regex: regex} }

func body(regex string) Predicate { return Predicate{In: partBody, Regex: regex} }

// alertmanagerRules read Alertmanager's own template: the subject begins with the state and the values of the group's
// labels, which are the key; the other common labels stand in parentheses and change as alerts join the group. The labels
// of the first alert stand in the body as "name = value".
func alertmanagerRules() []Rule {
	extract := map[string]Extract{
		keyName: {From: partSubject, Regex: `^\[(?:FIRING|RESOLVED)(?::\d+)?\]\s+(\S.*?)(?:\s+\(.*\))?\s*$`},
	}
	for _, label := range []string{"alertname", "instance", "job", "service", "severity", "team", "summary"} {
		extract[label] = Extract{From: partBody, Regex: fmt.Sprintf(`(?:^|>|\s)%s = ([^<\n]+)`, label)}
	}
	return pair(subject(`^\[FIRING(?::\d+)?\]`), subject(`^\[RESOLVED(?::\d+)?\]`), extract)
}

// icingaRules read what Icinga's mail-host-notification.sh and mail-service-notification.sh write.
func icingaRules() []Rule {
	host := map[string]Extract{
		keyName:    {From: partSubject, Regex: `^\[\w+\] Host (.+) is \w+!$`},
		"host":     {From: partBody, Regex: `^Host:\s*([^\n]+)`},
		"severity": {From: partSubject, Regex: ` is (\w+)!$`},
		"output":   {From: partBody, Regex: `^Info:\s*([^\n]+)`},
	}
	service := map[string]Extract{
		keyName:    {From: partSubject, Regex: `^\[\w+\] (.+) on (.+) is \w+!$`},
		"service":  {From: partBody, Regex: `^Service:\s*([^\n]+)`},
		"host":     host["host"],
		"severity": host["severity"],
		"output":   host["output"],
	}
	return append(
		pair(subject(`^\[PROBLEM\] Host .+ is \w+!$`), subject(`^\[RECOVERY\] Host .+ is \w+!$`), host),
		pair(subject(`^\[PROBLEM\] .+ on .+ is \w+!$`), subject(`^\[RECOVERY\] .+ on .+ is \w+!$`), service)...)
}

// monitRules read Monit's own mail format, whose body begins "EVENT Service NAME". What fails and what succeeds again has
// the same first words: "Connection failed", "Connection succeeded". The exceptions have rules of their own.
func monitRules() []Rule {
	const (
		name = ` Service ([^\n]+?)\s*$`
		on   = `(?:failed|exceeded|matched|error|down|changed|match)`
		off  = `(?:succeeded|ok|up|recovery|not changed|doesn't match)`
	)
	with := func(key string) map[string]Extract {
		return map[string]Extract{
			keyName:       {From: partBody, Regex: key},
			"service":     {From: partBody, Regex: `\A\s*[^\n]+?` + name},
			"event":       {From: partBody, Regex: `\A\s*([^\n]+?) Service `},
			"host":        {From: partBody, Regex: `^\s*Host:\s*([^\n]+)`},
			"action":      {From: partBody, Regex: `^\s*Action:\s*([^\n]+)`},
			"description": {From: partBody, Regex: `^\s*Description:\s*([^\n]+)`},
		}
	}
	existence := pair(body(`\A\s*Does not exist`+name), body(`\A\s*Exists`+name), with(`\A\s*(?:Does not exist|Exists)`+name))
	timeout := pair(body(`\A\s*Timeout`+name), body(`\A\s*Timeout recovery`+name), with(`\A\s*(Timeout)(?: recovery)?`+name))
	others := []Rule{
		{Action: "resolve", Match: body(`\A\s*[^\n]+? ` + off + name), Extract: with(`\A\s*([^\n]+?) ` + off + name)},
		{Action: "trigger", Match: body(`\A\s*[^\n]+? ` + on + name), Extract: with(`\A\s*([^\n]+?) ` + on + name)},
	}
	return append(append(existence, timeout...), others...)
}

// nagiosRules read what the stock commands notify-host-by-email and notify-service-by-email of Nagios write.
func nagiosRules() []Rule {
	const kinds = `(?:PROBLEM|RECOVERY)`
	host := map[string]Extract{
		keyName:    {From: partSubject, Regex: `^\*\* ` + kinds + ` Host Alert: (.+) is \w+ \*\*$`},
		"host":     {From: partSubject, Regex: ` Host Alert: (.+) is `},
		"severity": {From: partSubject, Regex: ` is (\w+) \*\*$`},
		"output":   {From: partBody, Regex: `^Info: ([^\n]+)`},
	}
	service := map[string]Extract{
		keyName:    {From: partSubject, Regex: `^\*\* ` + kinds + ` Service Alert: (.+)/(.+) is \w+ \*\*$`},
		"host":     {From: partSubject, Regex: ` Service Alert: (.+)/`},
		"service":  {From: partSubject, Regex: ` Service Alert: .+/(.+) is `},
		"severity": host["severity"],
		"output":   {From: partBody, Regex: `^Additional Info:\s*([^\n]+)`},
	}
	return append(
		pair(subject(`^\*\* PROBLEM Host Alert: `), subject(`^\*\* RECOVERY Host Alert: `), host),
		pair(subject(`^\*\* PROBLEM Service Alert: `), subject(`^\*\* RECOVERY Service Alert: `), service)...)
}

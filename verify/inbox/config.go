// Package inbox is a small alerting system that is to pages what a local mail catcher is to mail: it takes events as
// PagerDuty's Events API v2 does, opens, escalates and closes incidents, answers the part of PagerDuty's REST API v2
// that readers of incidents need, and shows everything on one page. It keeps all state in memory and notifies nobody
// for real: a notification is an entry in the log of its incident.
package inbox

import (
	"time"

	"github.com/failurefriday/friday/internal/secret"
)

// Config is what an inbox knows before the first event. The zero Config has one escalation policy, "Default", with one
// person on call, and no service; DefaultConfig is the same but makes a service for every routing key it meets.
type Config struct {
	Services    []Service `yaml:"services" doc:"services, each with the routing keys that reach it"`
	Policies    []Policy  `yaml:"escalation_policies" doc:"who is notified, and who next; by default one policy, Default, that notifies everybody who is on call"`
	Users       []User    `yaml:"users" doc:"people that can be notified; by default one, On-Call Engineer"`
	Maintenance []Window  `yaml:"maintenance_windows" doc:"times in which events of a service are accepted and open no incident"`
	Responder   Responder `yaml:"responder" doc:"somebody who acknowledges by himself"`

	RateLimit      int        `yaml:"rate_limit" default:"120" doc:"events a minute for each routing key; more are answered with 429"`
	APIRateLimit   int        `yaml:"api_rate_limit" default:"960" doc:"requests a minute to the REST API; more are answered with 429"`
	CreateServices bool       `yaml:"create_services" default:"true" doc:"an unknown routing key makes a service of its own name; otherwise it is refused"`
	Token          secret.Ref `yaml:"token" doc:"the API token that readers must send; without it any token is good, and the inbox listens on loopback only"`
}

// Service is what incidents are about.
type Service struct {
	Name        string   `yaml:"name" required:"true" doc:"name of the service"`
	RoutingKeys []string `yaml:"routing_keys" doc:"integration keys whose events belong to this service; by default the name"`
	Policy      string   `yaml:"escalation_policy" doc:"name of the escalation policy; by default the first one"`
	Urgency     string   `yaml:"urgency" default:"severity_based" doc:"high, low or severity_based: critical and error are high, warning and info are low"`
	Disabled    bool     `yaml:"disabled" doc:"events are accepted and dropped"`
}

// Policy says who is notified of an incident, level by level, until somebody acknowledges it.
type Policy struct {
	Name   string  `yaml:"name" required:"true" doc:"name of the policy"`
	Levels []Level `yaml:"levels" required:"true" doc:"notified one after the other"`
}

// Level is one step of a policy.
type Level struct {
	Delay time.Duration `yaml:"delay" default:"30m" doc:"how long to wait for an acknowledgement before the next level; the REST API shows it in whole minutes, rounded up"`
	Users []string      `yaml:"users" required:"true" doc:"names of the people to notify"`
}

// User is somebody who can be notified.
type User struct {
	Name   string `yaml:"name" required:"true" doc:"name of the person"`
	Email  string `yaml:"email" doc:"mail address; by default made from the name"`
	Phone  string `yaml:"phone" doc:"telephone number; with it, high urgency also rings"`
	OnCall bool   `yaml:"on_call" default:"true" doc:"false: the person stands in the policy, but is not reached"`
}

// Window is a maintenance window of one service.
type Window struct {
	Service     string    `yaml:"service" required:"true" doc:"name of the service"`
	Start       time.Time `yaml:"start" required:"true" doc:"when it begins"`
	End         time.Time `yaml:"end" required:"true" doc:"when it ends"`
	Description string    `yaml:"description" doc:"why"`
}

// Responder acknowledges incidents that he was notified of. The zero Responder acknowledges nothing.
type Responder struct {
	After time.Duration `yaml:"after" doc:"how long after the notification; 0 means never"`
	Who   string        `yaml:"who" doc:"name of the person; by default whoever is notified first"`
}

// The values of Service.Urgency.
const (
	High          = "high"
	Low           = "low"
	SeverityBased = "severity_based"
)

const (
	defaultRate   = 120
	defaultDelay  = 30 * time.Minute
	defaultPolicy = "Default"
	defaultUser   = "On-Call Engineer"
)

// DefaultConfig is an inbox that needs no configuration: every routing key makes its own service, and one person is on
// call for all of them.
func DefaultConfig() Config { return Config{CreateServices: true, RateLimit: defaultRate} }

package inbox

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/several"
)

// Check returns everything that is wrong with the configuration; list items are named by their index, services[0].name.
func (c Config) Check() []diag.FieldError {
	k := checker{config: c}
	k.users()
	k.policies()
	k.services()
	k.rest()
	return k.found
}

// problems are the faults of Check as one error, nil if there are none.
func (c Config) problems() error {
	all := several.New()
	for _, p := range c.Check() {
		all.Errors = append(all.Errors, fmt.Errorf("%s: %s", p.Field, p.Msg))
	}
	return all.ErrorOrNil()
}

// checker collects faults.
type checker struct {
	config Config
	found  []diag.FieldError
}

func (k *checker) add(field, format string, args ...any) {
	k.found = append(k.found, diag.FieldError{Field: field, Msg: fmt.Sprintf(format, args...)})
}

// name checks that a name is there and new; seen collects them.
func (k *checker) name(field, name string, seen map[string]bool) {
	switch {
	case strings.TrimSpace(name) == "":
		k.add(field, "is missing")
	case seen[name]:
		k.add(field, "%q is there twice", name)
	}
	seen[name] = true
}

func (k *checker) users() {
	names, addresses := map[string]bool{}, map[string]bool{}
	for i, u := range k.config.Users {
		at := fmt.Sprintf("users[%d]", i)
		k.name(at+".name", u.Name, names)
		if u.Email == "" {
			continue
		}
		if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email {
			k.add(at+".email", "%q is no mail address", u.Email)
		}
		if addresses[strings.ToLower(u.Email)] {
			k.add(at+".email", "%s belongs to two people", u.Email)
		}
		addresses[strings.ToLower(u.Email)] = true
	}
}

func (k *checker) policies() {
	names := map[string]bool{}
	for i, p := range k.config.Policies {
		at := fmt.Sprintf("escalation_policies[%d]", i)
		k.name(at+".name", p.Name, names)
		if len(p.Levels) == 0 {
			k.add(at+".levels", "there must be at least one level")
		}
		for j, l := range p.Levels {
			k.level(fmt.Sprintf("%s.levels[%d]", at, j), l)
		}
	}
}

func (k *checker) level(at string, l Level) {
	if l.Delay < 0 {
		k.add(at+".delay", "%s is negative", l.Delay)
	}
	if len(l.Users) == 0 {
		k.add(at+".users", "there must be at least one person")
	}
	for i, name := range l.Users {
		k.known(fmt.Sprintf("%s.users[%d]", at, i), name)
	}
}

// known checks that somebody is called name.
func (k *checker) known(field, name string) {
	users := k.config.Users
	if len(users) == 0 {
		users = []User{{Name: defaultUser}}
	}
	if !slices.ContainsFunc(users, func(u User) bool { return u.Name == name }) {
		k.add(field, "nobody in users is called %q", name)
	}
}

func (k *checker) services() {
	names, keys := map[string]bool{}, map[string]bool{}
	for i, s := range k.config.Services {
		at := fmt.Sprintf("services[%d]", i)
		k.name(at+".name", s.Name, names)
		for j, key := range s.keys() {
			field := fmt.Sprintf("%s.routing_keys[%d]", at, j)
			if len(key) > maxKey {
				k.add(field, "is longer than %d characters", maxKey)
			}
			k.name(field, key, keys)
		}
		if s.Policy != "" && !k.hasPolicy(s.Policy) {
			k.add(at+".escalation_policy", "there is no escalation policy %q", s.Policy)
		}
		if !slices.Contains([]string{"", High, Low, SeverityBased}, s.Urgency) {
			k.add(at+".urgency", "%q is none of high, low, severity_based", s.Urgency)
		}
	}
}

func (k *checker) hasPolicy(name string) bool {
	if len(k.config.Policies) == 0 {
		return name == defaultPolicy
	}
	return slices.ContainsFunc(k.config.Policies, func(p Policy) bool { return p.Name == name })
}

func (k *checker) rest() {
	for i, w := range k.config.Maintenance {
		at := fmt.Sprintf("maintenance_windows[%d]", i)
		if !slices.ContainsFunc(k.config.Services, func(s Service) bool { return s.Name == w.Service }) {
			k.add(at+".service", "there is no service %q", w.Service)
		}
		if !w.End.After(w.Start) {
			k.add(at+".end", "must be after start")
		}
	}
	if r := k.config.Responder; r.After < 0 {
		k.add("responder.after", "%s is negative", r.After)
	} else if r.After == 0 && r.Who != "" {
		k.add("responder.after", "is missing: when does %s acknowledge?", r.Who)
	}
	if who := k.config.Responder.Who; who != "" {
		k.known("responder.who", who)
	}
	if k.config.APIRateLimit < 0 {
		k.add("api_rate_limit", "%d is negative", k.config.APIRateLimit)
	}
	if k.config.RateLimit < 0 {
		k.add("rate_limit", "%d is negative", k.config.RateLimit)
	}
}

// keys are the routing keys of a service.
func (s Service) keys() []string {
	if len(s.RoutingKeys) == 0 {
		return []string{s.Name}
	}
	return s.RoutingKeys
}

package inbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strconv"
	"strings"
	"time"
)

// user, policy, service and window are the configuration as the running inbox needs it.
type user struct {
	id, name, email, phone string
	onCall                 bool
}

type policy struct {
	id, name string
	levels   []level
}

type level struct {
	id    string
	delay time.Duration
	users []*user
}

type service struct {
	id, integration, name string
	policy                *policy
	urgency               string
	disabled              bool
	created, last         time.Time
	open                  map[string]*incident // by dedup key
	counts                map[string]int       // open incidents by status
	rate                  limiter
}

type window struct {
	id          string
	number      int
	start, end  time.Time
	description string
	services    []*service
	by          *user
}

// world is everything but the incidents.
type world struct {
	users    []*user
	policies []*policy
	services []*service
	routes   map[string]*service // by routing key
	windows  []*window
}

// newWorld builds a checked configuration.
func newWorld(c Config, now time.Time) *world {
	w := &world{routes: map[string]*service{}}
	if len(c.Users) == 0 {
		c.Users = []User{{Name: defaultUser, Email: "oncall@friday.example", OnCall: true}}
	}
	for _, u := range c.Users {
		w.addUser(u)
	}
	if len(c.Policies) == 0 {
		c.Policies = []Policy{{Name: defaultPolicy, Levels: []Level{{Users: onCallNames(c.Users)}}}}
	}
	for _, p := range c.Policies {
		w.addPolicy(p)
	}
	for _, s := range c.Services {
		w.addService(s, now)
	}
	for _, m := range c.Maintenance {
		i := slices.IndexFunc(w.services, func(s *service) bool { return s.name == m.Service })
		w.addWindow(&window{start: m.Start, end: m.End, description: m.Description, services: w.services[i : i+1 : i+1]})
	}
	return w
}

// onCallNames are those on call, or everybody if nobody is: a level is never empty.
func onCallNames(users []User) []string {
	var on, all []string
	for _, u := range users {
		all = append(all, u.Name)
		if u.OnCall {
			on = append(on, u.Name)
		}
	}
	if len(on) == 0 {
		return all
	}
	return on
}

func (w *world) addUser(u User) {
	if u.Email == "" {
		u.Email = mailName(u.Name) + "@friday.example"
	}
	w.users = append(w.users, &user{stableID("user", u.Name), u.Name, u.Email, u.Phone, u.OnCall})
}

// mailName makes "on-call.engineer" of "On-Call Engineer", and an id of a name in other letters.
func mailName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
	if len(words) == 0 {
		return strings.ToLower(stableID("user", name))
	}
	return strings.Join(words, ".")
}

func (w *world) addPolicy(p Policy) {
	made := &policy{id: stableID("policy", p.Name), name: p.Name}
	for i, l := range p.Levels {
		if l.Delay == 0 {
			l.Delay = defaultDelay
		}
		one := level{id: stableID("level", p.Name, strconv.Itoa(i+1)), delay: l.Delay}
		for _, name := range l.Users {
			one.users = append(one.users, w.userNamed(name))
		}
		made.levels = append(made.levels, one)
	}
	w.policies = append(w.policies, made)
}

func (w *world) addService(s Service, now time.Time) *service {
	made := &service{
		id: stableID("service", s.Name), integration: stableID("integration", s.Name), name: s.Name, urgency: s.Urgency,
		disabled: s.Disabled, created: now, open: map[string]*incident{}, counts: map[string]int{}, policy: w.policies[0],
	}
	if i := slices.IndexFunc(w.policies, func(p *policy) bool { return p.name == s.Policy }); i >= 0 {
		made.policy = w.policies[i]
	}
	if made.urgency == "" {
		made.urgency = SeverityBased
	}
	w.services = append(w.services, made)
	for _, key := range s.keys() {
		w.routes[key] = made
	}
	return made
}

// addWindow gives the window its id and its number.
func (w *world) addWindow(m *window) {
	m.id, m.number = newID("P"), 1
	if n := len(w.windows); n > 0 {
		m.number = w.windows[n-1].number + 1
	}
	w.windows = append(w.windows, m)
}

func (w *world) userNamed(name string) *user {
	return find(w.users, func(u *user) bool { return u.name == name })
}

// inMaintenance reports whether a window of the service is open.
func (w *world) inMaintenance(s *service, now time.Time) bool {
	return slices.ContainsFunc(w.windows, func(m *window) bool {
		return m.ongoing(now) && slices.Contains(m.services, s)
	})
}

func (m *window) ongoing(now time.Time) bool { return !now.Before(m.start) && now.Before(m.end) }

// status is the word of the REST API for how a service is.
func (w *world) status(s *service, now time.Time) string {
	switch {
	case s.disabled:
		return "disabled"
	case w.inMaintenance(s, now):
		return "maintenance"
	case s.counts[triggered] > 0:
		return "critical"
	case s.counts[acknowledged] > 0:
		return "warning"
	}
	return "active"
}

// find returns the first that fits, or the zero value.
func find[T any](all []T, fits func(T) bool) (none T) {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i]
	}
	return none
}

// newID makes an id that looks like PagerDuty's: a letter and 13 capitals or digits.
func newID(letter string) string { return letter + rand.Text()[:13] }

// stableID makes the same id of the same name every time, so that a restart does not change it.
func stableID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "P" + base32.StdEncoding.EncodeToString(sum[:])[:13]
}

func (w *world) serviceNamed(name string) *service {
	return find(w.services, func(s *service) bool { return s.name == name })
}

func (w *world) serviceByID(id string) *service {
	return find(w.services, func(s *service) bool { return s.id == id })
}

func (w *world) userByID(id string) *user {
	return find(w.users, func(u *user) bool { return u.id == id })
}

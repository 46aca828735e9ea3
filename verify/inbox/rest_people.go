package inbox

import "time"

// userView is a user as the REST API shows it.
type userView struct {
	ref
	Name           string  `json:"name"`
	Email          string  `json:"email"`
	TimeZone       string  `json:"time_zone"`
	Color          string  `json:"color"`
	Role           string  `json:"role"`
	Description    *string `json:"description"`
	InvitationSent bool    `json:"invitation_sent"`
	Teams          []ref   `json:"teams"`
	ContactMethods []ref   `json:"contact_methods"`
	Rules          []ref   `json:"notification_rules"`
}

func (c *call) user(u *user) userView {
	v := c.view
	methods := []ref{v.ref(stableID("mail", u.id), "email_contact_method_reference", "Default", "/users/"+u.id+"/contact_methods/"+stableID("mail", u.id))}
	if u.phone != "" {
		methods = append(methods, v.ref(stableID("phone", u.id), "phone_contact_method_reference", "Default", "/users/"+u.id+"/contact_methods/"+stableID("phone", u.id)))
	}
	return userView{
		ref: v.ref(u.id, "user", u.name, "/users/"+u.id), Name: u.name, Email: u.email, TimeZone: "Etc/UTC", Color: "green",
		Role: "user", Teams: []ref{}, ContactMethods: methods, Rules: []ref{},
	}
}

func (c *call) listUsers() (answer, error) {
	query := c.query.Get("query")
	some := filter(c.s.world.users, func(u *user) bool { return contains(u.name, query) || contains(u.email, query) })
	return pageOf(c, "users", some, c.user)
}

func (c *call) getUser() (answer, error) {
	return one("user", c.s.world.userByID(c.r.PathValue("id")), c.user)
}

// policyView is an escalation policy as the REST API shows it.
type policyView struct {
	ref
	Name     string     `json:"name"`
	Handoff  string     `json:"on_call_handoff_notifications"`
	Rules    []ruleView `json:"escalation_rules"`
	Loops    int        `json:"num_loops"`
	Services []ref      `json:"services"`
	Teams    []ref      `json:"teams"`
}

type ruleView struct {
	ID      string `json:"id"`
	Minutes int    `json:"escalation_delay_in_minutes"`
	Targets []ref  `json:"targets"`
}

func (c *call) policy(p *policy) policyView {
	v := c.view
	out := policyView{
		ref: v.ref(p.id, "escalation_policy", p.name, "/escalation_policies/"+p.id), Name: p.name, Handoff: "if_has_services",
		Services: refs(filter(c.s.world.services, func(s *service) bool { return s.policy == p }), v.serviceRef), Teams: []ref{},
	}
	for _, l := range p.levels {
		minutes := int((l.delay + time.Minute - 1) / time.Minute)
		out.Rules = append(out.Rules, ruleView{l.id, minutes, refs(l.users, v.userRef)})
	}
	return out
}

func (c *call) listPolicies() (answer, error) {
	query := c.query.Get("query")
	some := filter(c.s.world.policies, func(p *policy) bool { return contains(p.name, query) })
	return pageOf(c, "escalation_policies", some, c.policy)
}

func (c *call) getPolicy() (answer, error) {
	id := c.r.PathValue("id")
	return one("escalation_policy", find(c.s.world.policies, func(p *policy) bool { return p.id == id }), c.policy)
}

// onCall is one person on one level of one policy.
type onCall struct {
	user   *user
	policy *policy
	level  int // from 1
}

type onCallView struct {
	User   any     `json:"user"`
	Policy any     `json:"escalation_policy"`
	Level  int     `json:"escalation_level"`
	Start  *string `json:"start"`
	End    *string `json:"end"`
}

// onCalls are all who are on call now; nobody's duty begins or ends.
func (w *world) onCalls() []onCall {
	var all []onCall
	for _, p := range w.policies {
		for i, l := range p.levels {
			for _, u := range l.users {
				if u.onCall {
					all = append(all, onCall{u, p, i + 1})
				}
			}
		}
	}
	return all
}

func (c *call) listOnCalls() (answer, error) {
	users, policies, schedules := setOf(c.query, "user_ids"), setOf(c.query, "escalation_policy_ids"), setOf(c.query, "schedule_ids")
	if _, err := c.span(); err != nil {
		return answer{}, err
	}
	some := filter(c.s.world.onCalls(), func(o onCall) bool {
		return users.has(o.user.id) && policies.has(o.policy.id) && schedules.of == nil
	})
	return pageOf(c, "oncalls", some, func(o onCall) onCallView {
		out := onCallView{User: c.agent(o.user.agent(), "users"), Policy: c.view.policyRef(o.policy), Level: o.level}
		if c.view.include.has("escalation_policies") {
			out.Policy = c.policy(o.policy)
		}
		return out
	})
}

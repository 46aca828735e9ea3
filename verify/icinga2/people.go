package icinga2

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// recipients are the users of a notification, and those of its groups.
func (w *world) recipients(n *notification) []string {
	all := slices.Clone(n.Users)
	for _, name := range slices.Sorted(maps.Keys(w.users)) {
		if slices.ContainsFunc(w.users[name].Groups, func(g string) bool { return slices.Contains(n.Groups, g) }) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// nobody tells why none of the recipients of a notification is told of a problem in a state.
func (w *world) nobody(n *notification, state string) *obstacle {
	if w.blind["users"] {
		return nil
	}
	names := w.recipients(n)
	if len(names) == 0 {
		return &obstacle{
			kind: "SF-20", text: fmt.Sprintf("notification %s has no users", n.name), advice: "give it users, or a group that has some",
			list: "notifications", answer: "users: " + strings.Join(n.Users, ", ") + "; user_groups: " + strings.Join(n.Groups, ", "),
		}
	}
	var first *obstacle
	for _, name := range names {
		o := w.deaf(name, state)
		if o == nil {
			return nil
		}
		if first == nil {
			first = o
		}
	}
	first.text = fmt.Sprintf("notification %s tells nobody: %s", n.name, first.text)
	return first
}

// deaf tells why a user is not told of a problem in a state.
func (w *world) deaf(name, state string) *obstacle {
	u, ok := w.users[name]
	o := obstacle{list: "users"}
	switch {
	case !ok:
		return nil
	case u.Notifies == 0:
		o.kind, o.text, o.advice, o.answer = "SF-20", "user "+name+" has notifications switched off", "switch them on, or name somebody else", name+": enable_notifications: false"
	case u.Types != nil && !slices.Contains(u.Types, "Problem"):
		o.kind, o.text, o.advice, o.answer = "SF-15", "user "+name+" leaves out problems", "add Problem to the types of the user", name+": types: "+strings.Join(u.Types, ", ")
	case !has(u.States, state):
		o.kind, o.text, o.advice = "SF-15", fmt.Sprintf("user %s leaves out the state %s", name, state), "add "+state+" to the states of the user"
		o.answer = name + ": states: " + strings.Join(u.States, ", ")
	case w.closed(u.Period):
		o.kind, o.text, o.advice = "SF-14", fmt.Sprintf("user %s is not told now: %s", name, w.closedText(u.Period)), "let the periods of the users cover the whole week"
		o.answer = string(u.Period) + ": is_inside: false"
	default:
		return nil
	}
	return &o
}

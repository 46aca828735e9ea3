package icinga2

import (
	"fmt"
	"strings"

	"github.com/failurefriday/friday/verify"
)

// sent tells of a notification that went out to somebody.
func sent(n *notification) []verify.Evidence {
	at := n.LastProblem.time()
	answer := fmt.Sprintf("%s: last_problem_notification: %.6f, notified_problem_users: %s", n.name, float64(n.LastProblem), strings.Join(n.Notified, ", "))
	all := make([]verify.Evidence, 3)
	for i, hop := range []verify.Hop{verify.Routed, verify.NotificationAccepted, verify.ResponderNotified} {
		all[i] = verify.Evidence{Hop: hop, State: verify.OK, At: at, Request: request("notifications"), Answer: cut(answer, 300)}
	}
	all[0].Text = "notification " + n.name + " was sent"
	who := strings.Join(n.Notified, ", ")
	all[1].Text = fmt.Sprintf("Icinga ran the command %s for %s", n.Command, who)
	all[2].Text = fmt.Sprintf("%s was told by the command %s; whether the message arrived Icinga does not know", who, n.Command)
	return all
}

// after tells what became of a problem: acknowledged, over.
func (w *world) after(c *checkable, s *story) []verify.Evidence {
	acked, over := c.evidence(verify.IncidentAcknowledged), c.evidence(verify.IncidentResolved)
	switch {
	case c.problem() && c.hard() && !s.old(c) && c.Acked != 0:
		acked.State, acked.At, acked.Text = verify.OK, c.AckedAt.time(), "the problem was acknowledged"
		if a, ok := w.acks[c.key]; ok {
			acked.Text = fmt.Sprintf("%s has acknowledged the problem (%q)", a.Author, a.Text)
		}
		return []verify.Evidence{acked}
	case !c.problem() && !c.pending():
		over.State, over.At, over.Text = verify.OK, c.Hard.time(), fmt.Sprintf("the check says %s again", c.state())
		return []verify.Evidence{over}
	}
	return nil
}

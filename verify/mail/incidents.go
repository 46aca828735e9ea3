package mail

import (
	"cmp"
	"fmt"
	"maps"
	"time"

	"github.com/failurefriday/friday/verify"
)

// page is an incident and what is not told of it.
type page struct {
	verify.Incident
	after time.Time // as of the mail that opened it
}

// fold makes incidents of mails, in the order in which they came.
func fold(mails []item, source, recipient string) []page {
	var pages []page
	open := map[string]int{}  // by key: index into pages
	taken := map[string]int{} // how often an id was wanted
	for _, m := range mails {
		switch m.means {
		case trigger:
			if i, ok := open[m.key]; ok && m.key != "" {
				pages[i].add(m, recipient)
				continue
			}
			p := opened(m, source, recipient)
			if taken[p.ID]++; taken[p.ID] > 1 {
				p.ID = fmt.Sprintf("%s#%d", p.ID, taken[p.ID])
			}
			pages = append(pages, p)
			open[m.key] = len(pages) - 1
		case resolve:
			if i, ok := open[m.key]; ok {
				p := &pages[i]
				p.Status, p.Resolved, p.ResolvedBy, p.Heard = verify.Resolved, m.at, m.from, m.at
				delete(open, m.key)
			}
		}
	}
	return pages
}

// opened is the incident that a mail opens. Its id is the same whoever reads the mailbox, and whatever becomes of the
// UIDs in it.
func opened(m item, source, recipient string) page {
	labels := maps.Clone(m.fields)
	if labels == nil {
		labels = map[string]string{}
	}
	labels["from"], labels["to"] = m.from, cmp.Or(m.to, recipient)
	p := page{after: m.after, Incident: verify.Incident{
		ID:     cmp.Or(m.key, fmt.Sprintf("mail %d", m.uid)) + " @ " + m.at.Format(time.RFC3339),
		Source: source, Service: m.fields["service"], Title: cmp.Or(m.fields["title"], m.subject), Status: verify.Triggered,
		Urgency: m.fields["urgency"], Severity: m.fields["severity"], Key: m.key, Labels: labels, Opened: m.at,
	}}
	p.add(m, recipient)
	return p
}

// add tells an open incident of a mail.
func (p *page) add(m item, recipient string) {
	p.Heard = m.at
	p.Notified = append(p.Notified, verify.Notification{At: m.at, Who: cmp.Or(m.to, recipient), Channel: "email"})
}

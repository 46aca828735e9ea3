package mail

import (
	"fmt"
	"strings"
)

// unread tells of the mails that no rule fits; "" if there are none.
func unread(all []item) (text, answer string) {
	var some []item
	broken := 0
	for _, m := range all {
		if m.means != unmatched {
			continue
		}
		some = append(some, m)
		if m.fault != "" {
			broken++
		}
	}
	if len(some) == 0 {
		return "", ""
	}
	text = fmt.Sprintf("%s matched no rule: first subject %q", mails(len(some)), cut(some[0].subject, 80))
	if broken > 0 {
		text += fmt.Sprintf("; %d of them could not be decoded", broken)
	}
	return text, told(some[0])
}

// told is a mail in short.
func told(m item) string {
	text := fmt.Sprintf("from: %s, to: %s, subject: %s", cut(m.from, 80), cut(m.to, 80), cut(m.subject, 100))
	if m.fault != "" {
		text += ": " + m.fault
	}
	return text
}

func mails(n int) string {
	if n == 1 {
		return "1 mail"
	}
	return fmt.Sprintf("%d mails", n)
}

// label is the name of a value as rules extract it, and whether it is a label.
func label(field string) (string, bool) {
	return strings.TrimPrefix(field, "labels."), strings.HasPrefix(field, "labels.")
}

package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// Source is one mailbox.
type Source struct {
	name  string
	box   *box
	rules *engine
}

var (
	_ verify.Source   = (*Source)(nil)
	_ verify.Clocked  = (*Source)(nil)
	_ verify.Follower = (*Source)(nil)
	_ verify.Remote   = (*Source)(nil)
)

// Address is the URL of the server.
func (s *Source) Address() string { return s.box.base }

// Offset is how far the server's clock is ahead of ours. It is not known before the first mail has come.
func (s *Source) Offset() (time.Duration, bool) { return s.box.clock.offset() }

// Requests is how many commands have been sent so far.
func (s *Source) Requests() int { return int(s.box.meter.commands.Load()) }

// Bytes is how much has been read so far.
func (s *Source) Bytes() int64 { return s.box.meter.bytes.Load() }

// Ready logs in and reads what is in the mailbox.
func (s *Source) Ready(ctx context.Context) error {
	_, err := s.box.look(ctx)
	if httpapi.KindOf(err) == httpapi.Auth {
		return fmt.Errorf("user and password are not accepted: %w", err)
	}
	return err
}

// Open lists every incident that mails within the lookback have opened and none has closed.
func (s *Source) Open(ctx context.Context) ([]verify.Incident, error) {
	seen, err := s.box.look(ctx)
	if err != nil {
		return nil, err
	}
	open := []verify.Incident{}
	for _, p := range s.pages(seen) {
		if p.Status != verify.Resolved {
			open = append(open, p.Incident)
		}
	}
	return open, nil
}

// Since lists what was opened at or after t, by the server's time stamps, and what came after t by our clock whatever its
// stamp says. A moment from which on the mailbox was not read as a whole is an error.
func (s *Source) Since(ctx context.Context, t time.Time) ([]verify.Incident, error) {
	offset, _ := s.Offset()
	seen, err := s.box.look(ctx)
	if err != nil {
		return nil, err
	}
	// Time stamps are whole seconds, cut off.
	from := t.Truncate(time.Second)
	if from.Before(seen.horizon) {
		return nil, fmt.Errorf("%s: the mailbox is read from %s on only (the newest %d mails of the last %s), so nobody knows what came from %s on: raise lookback, or empty the mailbox",
			s.box.base, seen.horizon.Format(time.RFC3339), newest, s.box.lookback, from.UTC().Format(time.RFC3339))
	}
	found := []verify.Incident{}
	for _, p := range s.pages(seen) {
		if !p.Opened.Before(from) || !p.after.IsZero() && !p.after.Before(t.Add(-offset)) {
			found = append(found, p.Incident)
		}
	}
	return found, nil
}

func (s *Source) pages(seen view) []page { return fold(seen.mails, s.name, s.box.user) }

package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/charset"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/internal/secret"
)

// door is the way into a mailbox.
type door struct {
	address  string // host:port
	base     string // URL, free of secrets
	user     string
	password secret.Value
	mailbox  string
	secure   bool // TLS from the first byte
	plain    bool // neither TLS nor STARTTLS is needed
	tls      *tls.Config
	timeout  time.Duration
	clean    func(string) string
}

// The commands, as errors name them.
const (
	connect  = "connect"
	login    = "LOGIN"
	examine  = "EXAMINE"
	fetch    = "FETCH"
	starttls = "STARTTLS"
)

// What one answer may come to.
const (
	slack    = 256 << 10 // besides the mails in it
	perMail  = 512       // of a listing
	mostMail = 50_000    // in a listing
	longest  = 1 << 20   // of a mail; what is beyond is not read
)

// session is one connection, logged in.
type session struct {
	door
	wire   *wire
	client *imapclient.Client
	used   time.Time // when the last command ended
}

// open connects and logs in.
func (d door) open(ctx context.Context, m *meter) (*session, error) {
	m.commands.Add(1)
	conn, err := (&net.Dialer{Timeout: d.timeout}).DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, d.failure(ctx, connect, err, nil)
	}
	s := &session{door: d, wire: &wire{Conn: conn, meter: m}}
	if err := s.do(ctx, connect, slack, func() error { return s.greet(ctx) }); err != nil {
		return nil, err
	}
	if err := s.do(ctx, login, slack, func() error { return s.client.Login(d.user, d.password.Reveal()).Wait() }); err != nil {
		return nil, err
	}
	return s, nil
}

// greet brings the connection to where a password may be sent.
func (s *session) greet(ctx context.Context) error {
	options := &imapclient.Options{WordDecoder: &mime.WordDecoder{CharsetReader: charset.Reader}, TLSConfig: s.config()}
	switch {
	case s.secure:
		conn := tls.Client(s.wire, options.TLSConfig)
		if err := conn.HandshakeContext(ctx); err != nil {
			return &httpapi.Error{Kind: httpapi.Network, URL: s.base, Err: fmt.Errorf("TLS: %w", err)}
		}
		s.client = imapclient.New(conn, options)
	case s.plain:
		s.client = imapclient.New(s.wire, options)
	default:
		client, err := imapclient.NewStartTLS(s.wire, options)
		if err != nil {
			return fmt.Errorf("%s, without which no password is sent: %w", starttls, err)
		}
		s.client = client
	}
	return greeting(s.client)
}

// greeting waits for the first word of the server. One that refuses us is told by the client now as that, and now as a
// connection that was closed: it waits for both, and then both have happened. So it is asked until it tells the cause.
func greeting(c *imapclient.Client) error {
	err := c.WaitGreeting()
	var refused *imap.Error
	for range 50 {
		if err == nil || errors.As(err, &refused) {
			break
		}
		err = c.WaitGreeting()
	}
	return err
}

func (s *session) config() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.tls != nil {
		c = s.tls.Clone()
	}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(s.address)
	}
	return c
}

// do runs one command, whose answer may come to so many bytes. After a failure the session is of no more use.
func (s *session) do(ctx context.Context, what string, allowed int64, run func() error) error {
	if what != connect { // which began with the dialling
		s.wire.meter.commands.Add(1)
	}
	s.wire.allow(allowed)
	err := s.wire.within(ctx, s.timeout, run)
	s.used = time.Now()
	if err != nil {
		defer s.close()
		return s.failure(ctx, what, err, s.wire) // before the closing: that is no fault of the server
	}
	return nil
}

// close drops the connection. What a farewell would bring is of no interest.
func (s *session) close() {
	_ = s.wire.Close()
	if s.client != nil {
		_ = s.client.Close()
	}
}

// examine tells how the mailbox is now: how many mails, the next UID (0 if the server does not tell), UIDVALIDITY.
func (s *session) examine(ctx context.Context) (box *imap.SelectData, err error) {
	err = s.do(ctx, examine+" "+s.mailbox, slack, func() error {
		box, err = s.client.Select(s.mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err == nil && box.UIDValidity == 0 {
			err = errors.New("the answer has no UIDVALIDITY")
		}
		return err
	})
	return box, err
}

// header is what a listing tells of a mail.
type header struct {
	uid  imap.UID
	at   time.Time // INTERNALDATE, whole seconds
	size int64
}

// list tells of the mails in a set.
func (s *session) list(ctx context.Context, set imap.NumSet, most uint32) (all []header, err error) {
	err = s.do(ctx, fetch, slack+perMail*int64(min(most, mostMail)), func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true})
		found, err := cmd.Collect()
		if err != nil {
			return err
		}
		for _, m := range found {
			if m.UID == 0 || m.InternalDate.IsZero() {
				return errors.New("a mail has no UID or no INTERNALDATE")
			}
			all = append(all, header{m.UID, m.InternalDate.Truncate(time.Second).UTC(), m.RFC822Size})
		}
		return nil
	})
	return all, err
}

// bodies reads mails, each up to the longest that is read, and leaves them unseen. All of them come, or it is an error.
func (s *session) bodies(ctx context.Context, mails []header) (texts map[imap.UID][]byte, err error) {
	var set imap.UIDSet
	var size int64
	for _, m := range mails {
		set.AddNum(m.uid)
		size += min(max(m.size, 0), longest)
	}
	// Some servers only estimate the size of a mail.
	allowed := slack + perMail*int64(len(mails)) + max(2*size, longest)
	texts = make(map[imap.UID][]byte, len(mails))
	err = s.do(ctx, fetch, allowed, func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{
			{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: longest}},
		}})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			if err := into(s.base, texts, m); err != nil {
				_ = s.wire.Close() // what is left of the answer is not wanted
				_ = cmd.Close()
				return err
			}
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		for _, m := range mails {
			if _, ok := texts[m.uid]; !ok {
				return fmt.Errorf("mail %d did not come", m.uid)
			}
		}
		return nil
	})
	return texts, err
}

// into reads one mail of an answer.
func into(base string, texts map[imap.UID][]byte, m *imapclient.FetchMessageData) error {
	var uid imap.UID
	var text []byte
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = item.UID
		case imapclient.FetchItemDataBodySection:
			text = []byte{}
			if item.Literal == nil {
				continue
			}
			if item.Literal.Size() > longest {
				return &httpapi.Error{Kind: httpapi.TooLarge, URL: base, Err: fmt.Errorf("a mail of %d bytes, where %d were asked for", item.Literal.Size(), longest)}
			}
			var err error
			if text, err = io.ReadAll(item.Literal); err != nil {
				return err
			}
		}
	}
	if uid != 0 && text != nil {
		texts[uid] = text
	}
	return nil
}

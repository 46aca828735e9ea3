package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// newest bounds how many mails the first look reads.
const newest = 500

// batch bounds how much is fetched at once.
const batch = 4 << 20

// idle is how long a connection may rest before it is taken for gone.
const idle = time.Minute

// item is one mail as the rules read it.
type item struct {
	uid     imap.UID
	at      time.Time // INTERNALDATE: whole seconds of the server's clock
	after   time.Time // when the last look that did not show it was asked, our clock; zero if the first one showed it
	subject string
	from    string
	to      string
	reading
	fault string // why it could not be read, if so
}

// box is a mailbox and what has been read of it. Each look reads only what is new. It is safe for concurrent use; looks
// wait for each other.
type box struct {
	door
	engine   *engine
	lookback time.Duration
	clock    clock
	meter    meter

	turn     chan struct{} // holds one token: who has it may look
	session  *session
	validity uint32    // UIDVALIDITY of what was read
	next     imap.UID  // the first UID that has not been read; 0 before the first look
	looked   time.Time // when the last look that succeeded was asked
	horizon  time.Time // what came before it was not read; zero if everything was
	mails    []item    // in the order of their UIDs
}

func newBox(d door, e *engine, lookback time.Duration) *box {
	b := &box{door: d, engine: e, lookback: lookback, turn: make(chan struct{}, 1)}
	b.turn <- struct{}{}
	return b
}

// view is what a look saw.
type view struct {
	mails    []item
	horizon  time.Time
	next     imap.UID
	validity uint32
}

// look reads what is new. What it returns is never changed again.
func (b *box) look(ctx context.Context) (view, error) {
	select {
	case <-ctx.Done():
		return view{}, context.Cause(ctx)
	case <-b.turn:
	}
	defer func() { b.turn <- struct{}{} }()
	if err := b.read(ctx); err != nil {
		b.drop()
		return view{}, err
	}
	return view{slices.Clip(b.mails), b.horizon, b.next, b.validity}, nil
}

func (b *box) drop() {
	if b.session != nil {
		b.session.close()
		b.session = nil
	}
}

func (b *box) read(ctx context.Context) error {
	asked := time.Now()
	if b.session != nil && time.Since(b.session.used) > idle {
		b.drop()
	}
	if b.session == nil {
		s, err := b.open(ctx, &b.meter)
		if err != nil {
			return err
		}
		b.session = s
	}
	now, err := b.session.examine(ctx)
	if err != nil {
		return err
	}
	if now.UIDValidity != b.validity {
		// The UIDs that were read mean other mails now, or none: begin anew.
		b.validity, b.next, b.mails, b.looked = now.UIDValidity, 0, nil, time.Time{}
	}
	if b.next == 0 {
		err = b.first(ctx, now, asked)
	} else if now.UIDNext != b.next {
		err = b.more(ctx, now, asked)
	}
	if err != nil {
		return err
	}
	b.looked = asked
	return nil
}

// first reads the newest mails, as far back as is asked for.
func (b *box) first(ctx context.Context, now *imap.SelectData, asked time.Time) error {
	b.horizon = time.Time{}
	if now.NumMessages == 0 {
		b.next = max(now.UIDNext, 1)
		return nil
	}
	from := uint32(1)
	if now.NumMessages > newest {
		from = now.NumMessages - newest + 1
	}
	var set imap.SeqSet
	set.AddRange(from, now.NumMessages)
	found, err := b.session.list(ctx, set, newest)
	if err != nil {
		return err
	}
	if want := int(now.NumMessages - from + 1); len(found) != want {
		return b.garbage("FETCH %d:%d told of %d mails", from, now.NumMessages, len(found))
	}
	slices.SortFunc(found, func(x, y header) int { return int(int64(x.uid) - int64(y.uid)) })
	last := found[len(found)-1].uid
	oldest := asked.Add(-b.lookback).Truncate(time.Second)
	if from > 1 {
		b.horizon = found[0].at.Add(time.Second)
	}
	recent := slices.DeleteFunc(found, func(h header) bool { return h.at.Before(oldest) })
	if len(recent) < len(found) && b.horizon.Before(oldest) {
		b.horizon = oldest
	}
	if err := b.take(ctx, recent, time.Time{}); err != nil {
		b.mails = nil // half of the first look is none
		return err
	}
	b.next = max(now.UIDNext, last+1)
	return nil
}

// more reads what has come since the last look. What has been read stays read even if the rest cannot be.
func (b *box) more(ctx context.Context, now *imap.SelectData, asked time.Time) error {
	var set imap.UIDSet
	set.AddRange(b.next, 0)
	found, err := b.session.list(ctx, set, now.NumMessages)
	if err != nil {
		return err
	}
	listed := time.Now()
	// The last mail is always told of, even if its UID is smaller than what was asked for.
	found = slices.DeleteFunc(found, func(h header) bool { return h.uid < b.next })
	slices.SortFunc(found, func(x, y header) int { return int(int64(x.uid) - int64(y.uid)) })
	after := b.looked
	if err := b.take(ctx, found, after); err != nil {
		return err
	}
	for _, h := range found {
		b.clock.observe(h.at, after, listed)
	}
	b.next = max(b.next, now.UIDNext)
	return nil
}

// take fetches mails in batches and reads them.
func (b *box) take(ctx context.Context, found []header, after time.Time) error {
	for len(found) > 0 {
		n, size := 0, int64(0)
		for n < len(found) && (n == 0 || size < batch) {
			size += min(found[n].size, longest)
			n++
		}
		texts, err := b.session.bodies(ctx, found[:n])
		if err != nil {
			return err
		}
		for _, h := range found[:n] {
			b.mails = append(b.mails, b.engine.item(h, texts[h.uid], after))
			if !after.IsZero() {
				b.next = h.uid + 1
			}
		}
		found = found[n:]
	}
	return nil
}

// item reads one mail by the rules. One that cannot be decoded fits none of them.
func (e *engine) item(h header, raw []byte, after time.Time) item {
	m := item{uid: h.uid, at: h.at, after: after}
	text, err := parse(raw)
	m.subject, m.to = text.subject, text.to
	m.from = cut(strings.Join(text.from, ", "), longestValue)
	if err != nil {
		m.fault = cut(printable(err.Error()), 200)
		return m
	}
	m.reading = e.read(text)
	return m
}

func (b *box) garbage(format string, args ...any) error {
	return b.failure(context.Background(), examine, fmt.Errorf(format, args...), b.session.wire)
}

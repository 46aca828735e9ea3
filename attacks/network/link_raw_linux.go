package network

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink/nl"
	vns "github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// What the kernel tells of addresses, neighbours and routes is kept here as it is told and brought back by the same
// message. A library that takes it apart would lose what it does not know.

// wire speaks netlink in a namespace.
type wire struct {
	sockets map[int]*nl.SocketHandle
}

// wire opens a connection; it must be closed.
func (in *inside) wire() (*wire, error) {
	s, err := nl.GetNetlinkSocketAt(vns.NsHandle(in.ns.FD()), vns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("cannot talk to the kernel about %s: %w", in.ns.ID, err)
	}
	return &wire{map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: s}}}, nil
}

func (w *wire) close() { w.sockets[unix.NETLINK_ROUTE].Close() }

func (w *wire) send(kind uint16, flags int, message []byte, answer uint16) ([][]byte, error) {
	r := nl.NewNetlinkRequest(int(kind), flags)
	r.Sockets = w.sockets
	r.AddRawData(message)
	return r.Execute(unix.NETLINK_ROUTE, answer)
}

// dump lists all there is of a kind; header is the fixed part of the question.
func (w *wire) dump(question, answer uint16, header []byte) ([][]byte, error) {
	return fully(func() ([][]byte, error) { return w.send(question, unix.NLM_F_DUMP, header, answer) })
}

// tell makes something.
func (w *wire) tell(kind uint16, flags int, m message) error {
	_, err := w.send(kind, unix.NLM_F_ACK|flags, m.bytes(), 0)
	return err
}

// message is the body of a netlink message.
type message struct {
	header []byte
	attrs  []attr
}

type attr struct {
	kind  uint16
	value []byte
}

// headerSize is the size of the fixed part of what makes a thing.
var headerSize = map[uint16]int{
	unix.RTM_NEWADDR: unix.SizeofIfAddrmsg, unix.RTM_NEWROUTE: unix.SizeofRtMsg, unix.RTM_NEWNEIGH: unix.SizeofNdMsg,
	unix.RTM_NEWNEXTHOP: unix.SizeofNhmsg,
}

var errMessage = errors.New("this is no message of the kernel's")

func parse(kind uint16, body []byte) (message, error) {
	size, ok := headerSize[kind]
	if !ok || len(body) < size {
		return message{}, errMessage
	}
	attrs, err := parseAttrs(body[size:])
	return message{slices.Clone(body[:size]), attrs}, err
}

func parseAttrs(body []byte) ([]attr, error) {
	raw, err := nl.ParseRouteAttr(body)
	if err != nil {
		return nil, errMessage
	}
	attrs := make([]attr, len(raw))
	for i, a := range raw {
		attrs[i] = attr{a.Attr.Type &^ unix.NLA_F_NESTED, slices.Clone(a.Value)}
	}
	return attrs, nil
}

func (m message) bytes() []byte {
	body := slices.Clone(m.header)
	for _, a := range m.attrs {
		body = append(body, a.bytes()...)
	}
	return body
}

func (a attr) bytes() []byte {
	const align = 4
	size := unix.SizeofRtAttr + len(a.value)
	body := make([]byte, (size+align-1)/align*align)
	binary.NativeEndian.PutUint16(body, uint16(size))
	binary.NativeEndian.PutUint16(body[2:], a.kind)
	copy(body[unix.SizeofRtAttr:], a.value)
	return body
}

// value is what an attribute says, nil if it is not there.
func (m message) value(kind uint16) []byte {
	for _, a := range m.attrs {
		if a.kind == kind {
			return a.value
		}
	}
	return nil
}

// number is an attribute of 32 bits, 0 if it is not there.
func (m message) number(kind uint16) uint32 {
	if v := m.value(kind); len(v) >= 4 {
		return binary.NativeEndian.Uint32(v)
	}
	return 0
}

// with is m with attributes, in place of what it says of the same kinds.
func (m message) with(attrs ...attr) message {
	kinds := make([]uint16, len(attrs))
	for i, a := range attrs {
		kinds[i] = a.kind
	}
	m = m.without(kinds...)
	m.attrs = append(m.attrs, attrs...)
	return m
}

func (m message) without(kinds ...uint16) message {
	left := slices.DeleteFunc(slices.Clone(m.attrs), func(a attr) bool { return slices.Contains(kinds, a.kind) })
	return message{slices.Clone(m.header), left}
}

// sorted is m with its attributes in one order, whichever they were told in.
func (m message) sorted() message {
	attrs := slices.SortedStableFunc(slices.Values(m.attrs), func(a, b attr) int { return cmp.Compare(a.kind, b.kind) })
	return message{m.header, attrs}
}

func number(kind uint16, n uint32) attr {
	return attr{kind, binary.NativeEndian.AppendUint32(nil, n)}
}

// headerWord is a number of 32 bits in the fixed part.
func (m message) headerWord(at int) uint32 { return binary.NativeEndian.Uint32(m.header[at:]) }

package mail

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify/verifytest"
)

// line is a TCP proxy before an IMAP server that spoils what the server says, by a script. A connection that is opened
// counts as a request, whose answer is the greeting; so does each command.
type line struct {
	backend string
	addr    string

	mu     sync.Mutex
	count  int
	script func(n int) *verifytest.Fault
}

func newLine(tb testing.TB, backend string) *line {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	l := &line{backend: backend, addr: listener.Addr().String()}
	tb.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.serve(conn)
		}
	}()
	return l
}

// Script sets the faults from now on; see verifytest.Faulty.
func (l *line) Script(script func(n int) *verifytest.Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count, l.script = 0, script
}

// Count is how many requests have come since the last Script.
func (l *line) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

func (l *line) fault() spoiler {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if l.script == nil {
		return nil
	}
	if f := l.script(l.count - 1); f != nil {
		if f.Name == lossy {
			return lose
		}
		return spoilers[f.Name].spoil
	}
	return nil
}

// serve passes commands and answers on, one after the other.
func (l *line) serve(conn net.Conn) {
	defer conn.Close()
	backend, err := net.Dial("tcp", l.backend)
	if err != nil {
		return
	}
	defer backend.Close()
	from, to := bufio.NewReader(backend), bufio.NewReader(conn)
	for tag := "*"; ; {
		spoil := l.fault()
		good, err := answer(from, tag)
		if err != nil {
			return
		}
		if spoil != nil {
			spoil(conn, tag, good)
		} else if _, err := conn.Write(good); err != nil {
			return
		}
		command, err := to.ReadString('\n')
		if err != nil {
			return
		}
		tag, _, _ = strings.Cut(command, " ")
		if _, err := io.WriteString(backend, command); err != nil {
			return
		}
	}
}

var literalAtEnd = regexp.MustCompile(`\{(\d+)\}\r\n$`)

// answer reads up to the line that begins with a tag.
func answer(from *bufio.Reader, tag string) ([]byte, error) {
	var all []byte
	for begins := true; ; {
		text, err := from.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		all = append(all, text...)
		if begins && bytes.HasPrefix(text, []byte(tag+" ")) {
			return all, nil
		}
		begins = true
		if size := literalAtEnd.FindSubmatch(text); size != nil {
			n, _ := strconv.Atoi(string(size[1])) // digits, by the expression
			body := make([]byte, n)
			if _, err := io.ReadFull(from, body); err != nil {
				return nil, err
			}
			all, begins = append(all, body...), false
		}
	}
}

// spoiler answers otherwise than with the good answer to the command of that tag.
type spoiler func(conn net.Conn, tag string, good []byte)

// spoilers are what can happen to an answer, by the name of the fault.
var spoilers = map[string]struct {
	kind  httpapi.Kind
	spoil spoiler
}{
	verifytest.Hang:  {httpapi.Timeout, func(c net.Conn, _ string, _ []byte) { hang(c) }},
	verifytest.Flood: {httpapi.TooLarge, flood},
	verifytest.Once:  {httpapi.Network, func(c net.Conn, _ string, _ []byte) { _ = c.Close() }},
	"reset": {httpapi.Network, func(c net.Conn, _ string, _ []byte) {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}},
	"half an answer and the end": {httpapi.Network, func(c net.Conn, _ string, good []byte) {
		_, _ = c.Write(good[:len(good)/2])
		_ = c.Close()
	}},
	"half an answer and nothing": {httpapi.Timeout, func(c net.Conn, _ string, good []byte) {
		_, _ = c.Write(good[:len(good)/2])
		hang(c)
	}},
	"one byte at a time":     {httpapi.Timeout, drip},
	"BAD":                    {httpapi.Refused, says("BAD", "what?")},
	"NO":                     {"", says("NO", "not now")}, // of LOGIN it is one thing, of FETCH another
	"credentials refused":    {httpapi.Auth, says("NO", "[AUTHENTICATIONFAILED] who are you?")},
	"unavailable":            {httpapi.Server, says("NO", "[UNAVAILABLE] later")},
	"BYE":                    {"", says("BYE", "[UNAVAILABLE] going down")},
	"OK, and nothing else":   {httpapi.Garbage, says("OK", "done")},
	"the answer for another": {"", func(c net.Conn, _ string, _ []byte) { _, _ = io.WriteString(c, "ZZ99 OK done\r\n") }},
	"HTTP":                   {httpapi.Garbage, raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")},
	"an empty line":          {httpapi.Garbage, raw("\r\n")},
	"zeros":                  {httpapi.Garbage, raw(strings.Repeat("\x00", 1000))},
	"twice":                  {"", func(c net.Conn, _ string, good []byte) { _, _ = c.Write(bytes.Repeat(good, 2)) }},
	"a literal without end":  {"", raw("* 1 FETCH (UID 1 BODY[]<0> {4294967295}\r\n")},
	"a number too large":     {httpapi.Garbage, raw("* 99999999999999999999 EXISTS\r\n")},
}

func allFaults() []verifytest.Fault {
	var all []verifytest.Fault
	for name, s := range spoilers {
		all = append(all, verifytest.Fault{Name: name, Kind: s.kind})
	}
	return all
}

// lossy is a fault that only answers with several mails can have: the first one is left out.
const lossy = "a mail is lost"

func lose(c net.Conn, _ string, good []byte) {
	if i := bytes.Index(good, []byte("\r\n* 2 FETCH")); i > 0 {
		good = good[i+2:]
	}
	_, _ = c.Write(good)
}

// hang says nothing until the reader has gone.
func hang(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func raw(text string) spoiler {
	return func(c net.Conn, _ string, _ []byte) { _, _ = io.WriteString(c, text) }
}

// says answers a command with a word; the greeting that is not OK is BYE.
func says(word, text string) spoiler {
	return func(c net.Conn, tag string, _ []byte) {
		bye := word == "BYE" || word == "NO" && tag == "*"
		if bye {
			_, _ = io.WriteString(c, "* BYE "+text+"\r\n")
			_ = c.Close()
			return
		}
		_, _ = io.WriteString(c, tag+" "+word+" "+text+"\r\n")
	}
}

func drip(c net.Conn, _ string, good []byte) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for _, b := range good {
		<-tick.C
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
	}
}

func flood(c net.Conn, _ string, _ []byte) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	_, _ = io.WriteString(c, "* OK ")
	for range 100 {
		if _, err := c.Write(chunk); err != nil {
			return
		}
	}
	_, _ = io.WriteString(c, "\r\n")
}

package monit

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
)

// status is what Monit tells of itself and its services (_status?format=xml&level=full).
type status struct {
	XMLName  xml.Name  `xml:"monit"`
	Server   *server   `xml:"server"`
	Services []service `xml:"service"`
}

type server struct {
	Host       string `xml:"localhostname"`
	Poll       int    `xml:"poll"` // seconds
	StartDelay int    `xml:"startdelay"`
}

// service is one thing that Monit checks.
type service struct {
	Type      int    `xml:"type,attr"`
	Name      string `xml:"name"`
	Sec       int64  `xml:"collected_sec"`
	Usec      int64  `xml:"collected_usec"`
	Status    *int64 `xml:"status"` // 0, or a bit for each kind of failure
	Monitored *int   `xml:"monitor"`
	Every     struct {
		Type   int `xml:"type"` // 1: every so many cycles
		Number int `xml:"number"`
	} `xml:"every"`
	PID    int    `xml:"pid"`
	Ports  []port `xml:"port"`
	Unix   []port `xml:"unix"`
	Pings  []port `xml:"icmp"`
	Result struct {
		Status int    `xml:"status"`
		Output string `xml:"output"`
	} `xml:"program"`
}

// port is the last try of a connection; one that failed took less than no time.
type port struct {
	Host string  `xml:"hostname"`
	Port int     `xml:"portnumber"`
	Took float64 `xml:"responsetime"`
}

// How Monit monitors a service.
const (
	notMonitored = 0
	monitored    = 1
)

const (
	path     = "/_status"
	question = "GET " + path + "?format=xml&level=full"
)

// read asks for everything, which is one request. An answer that is not the status of a Monit is an error.
func (s *Source) read(ctx context.Context) (status, error) {
	var found status
	err := s.api.Read(ctx, path, url.Values{"format": {"xml"}, "level": {"full"}}, func(body io.Reader) error {
		dec := xml.NewDecoder(body)
		dec.CharsetReader = charset.NewReaderLabel // Monit writes ISO-8859-1
		if err := dec.Decode(&found); err != nil {
			return err
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return errors.New("more follows after the XML")
		}
		return found.check()
	})
	if err != nil {
		return status{}, err
	}
	return found, nil
}

// check: Monit always tells of itself and of at least the system it runs on.
func (s *status) check() error {
	if s.Server == nil || len(s.Services) == 0 {
		return errors.New("the answer has no server or no service, so it says nothing")
	}
	for i := range s.Services {
		if v := &s.Services[i]; v.Name == "" || v.Status == nil || v.Monitored == nil {
			return fmt.Errorf("service %d of the answer has no name or no status, so the answer cannot be trusted", i+1)
		}
	}
	return nil
}

// cycle is the time between two checks of everything.
func (s *status) cycle() time.Duration { return time.Duration(max(0, s.Server.Poll)) * time.Second }

// every is the time between two checks of a service.
func (v *service) every(s *status) time.Duration {
	const cycles = 1 // type of every
	if v.Every.Type == cycles && v.Every.Number > 1 {
		return time.Duration(v.Every.Number) * s.cycle()
	}
	return s.cycle()
}

// collected is when it was checked last, Monit's clock; zero if never.
func (v *service) collected() time.Time {
	if v.Sec <= 0 {
		return time.Time{}
	}
	return time.Unix(v.Sec, v.Usec*1000).UTC()
}

func (v *service) failed() bool { return *v.Status != 0 }

// types are the kinds of services, by number.
var types = []string{"filesystem", "directory", "file", "process", "host", "system", "fifo", "program", "network"}

func (v *service) kind() string {
	if v.Type < 0 || v.Type >= len(types) {
		return fmt.Sprint(v.Type)
	}
	return types[v.Type]
}

// failures are the names of the bits of a status, lowest first (event.h of Monit).
var failures = []string{
	"checksum failed", "resource limit matched", "timeout", "timestamp failed", "size failed", "connection failed", "permission failed",
	"UID failed", "GID failed", "does not exist", "invalid type", "data access error", "execution failed", "filesystem flags failed",
	"ICMP failed", "content failed", "instance changed", "action done", "PID failed", "PPID failed", "heartbeat failed", "status failed",
	"uptime failed", "link down", "speed failed", "saturation exceeded", "download exceeded", "upload exceeded", "packets received exceeded",
	"packets sent exceeded", "exists",
}

// says is what is wrong with it, in words; "ok" if nothing is.
func (v *service) says() string {
	var found []string
	for bit, name := range failures {
		if *v.Status&(1<<bit) != 0 {
			found = append(found, name)
		}
	}
	switch {
	case len(found) > 0:
		return strings.Join(found, ", ")
	case v.failed():
		return fmt.Sprintf("status %d", *v.Status)
	}
	return "ok"
}

// trying tells of a test that fails, whether or not Monit has waited long enough to say so.
func (v *service) trying() (what string, failing bool) {
	for _, list := range [][]port{v.Ports, v.Unix, v.Pings} {
		for _, p := range list {
			if p.Took < 0 {
				return fmt.Sprintf("the connection to %s:%d fails", p.Host, p.Port), true
			}
		}
	}
	if v.kind() == "process" && v.PID == 0 && *v.Monitored == monitored && v.Sec > 0 {
		return "the process is not there", true
	}
	if v.kind() == "program" && v.Result.Status != 0 {
		return fmt.Sprintf("the program exits with %d", v.Result.Status), true
	}
	return "", false
}

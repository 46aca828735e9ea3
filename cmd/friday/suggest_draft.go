package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/internal/proc"
	"github.com/failurefriday/friday/internal/promql"
	"github.com/failurefriday/friday/scenarios/suggest"
)

// draft looks for what a rule may be about.
func (m *machine) draft(ctx context.Context, r loadedRule, told told, namesakes bool) suggest.Draft {
	d := suggest.Draft{Rule: suggest.Rule{
		Name: r.Name, Expr: r.Expr, For: r.For, Interval: r.Interval, Where: strings.Trim(r.Group+", "+r.File, ", "),
		KeepFiringFor: r.KeepFiringFor, Labels: r.Labels, Annotations: r.Annotations, Namesakes: namesakes,
	}}
	d.Remarks = slices.Clone(m.unseen)
	if told.err != nil {
		d.Remarks = append(d.Remarks, told.err.Error())
	}
	d.Hints = suggest.HintsOf(r.Expr, told.series)
	found, away := m.instances(ctx, r, &d)
	if len(away) > 0 {
		d.Remarks = append(d.Remarks, fmt.Sprintf("%s not of this machine: friday suggest there finds what listens", suggest.Few(away)))
	}
	// Where all that the rule looks at is elsewhere, what is called like it here is something else.
	if len(away) == 0 || len(away) < len(d.Hints.Instances) {
		for _, name := range d.Hints.Names {
			found = append(found, m.once("called "+name, &d, func(s *sight) { m.named(name, s) })...)
		}
	}
	d.Targets = suggest.Rank(found)
	return d
}

// told is what the server of a rule tells of the series that it looks at.
type told struct {
	series []map[string]string
	err    error
}

// seriesAtOnce is how many questions a server is asked at the same time: one after the other, hundreds of rules take minutes
// where it is far away.
const seriesAtOnce = 8

// seriesOfAll asks the servers of rules what their series are called, and answers in the order of the rules.
func seriesOfAll(ctx context.Context, rules []loadedRule) []told {
	all := make([]told, len(rules))
	var asking sync.WaitGroup
	free := make(chan struct{}, seriesAtOnce)
	for i, r := range rules {
		free <- struct{}{}
		asking.Go(func() {
			all[i].series, all[i].err = seriesOf(ctx, r)
			<-free
		})
	}
	asking.Wait()
	return all
}

// seriesOf asks the server of a rule what its series are called.
func seriesOf(ctx context.Context, r loadedRule) (all []map[string]string, err error) {
	live, ok := r.live.(interface {
		Series(ctx context.Context, selector string, back time.Duration, labels ...string) ([]map[string]string, error)
	})
	expr, bad := promql.Parse(r.Expr)
	if !ok || bad != nil {
		return nil, nil
	}
	for _, s := range expr.Selectors() {
		series, err := live.Series(ctx, s.Text, time.Hour, suggest.Labels()...)
		if err != nil {
			return all, fmt.Errorf("series of %s: %w", r.Name, err)
		}
		all = append(all, series...)
	}
	return all, nil
}

// instances is what serves the instances that a rule looks at, and which of them are elsewhere.
func (m *machine) instances(ctx context.Context, r loadedRule, d *suggest.Draft) (found []suggest.Target, away []string) {
	near := m.near(r)
	for _, instance := range d.Hints.Instances {
		host, port := suggest.Address(instance)
		c, known := m.container(host)
		switch {
		case m.here(host) && (near || !loopback(host)):
			if port > 0 {
				found = append(found, m.once("at "+net.JoinHostPort(host, strconv.Itoa(port)), d, func(s *sight) { m.listening(ctx, host, port, s) })...)
			}
		case known:
			found = append(found, m.target(c, suggest.ByPort))
		default:
			away = append(away, instance)
		}
	}
	return found, away
}

// here reports whether a host is this machine.
func (m *machine) here(host string) bool {
	short, _, _ := strings.Cut(host, ".")
	return m.addresses[host] || loopback(host) || m.name != "" && short == m.name
}

// near reports whether the server of a rule is on this machine, so that its loopback is ours; so it is for files.
func (m *machine) near(r loadedRule) bool {
	server, ok := r.live.(interface{ Address() string })
	if !ok {
		return true
	}
	address := server.Address()
	is, known := m.nearby[address]
	if !known {
		u, err := url.Parse(address)
		is = err == nil && m.here(u.Hostname()) && !published(u.Port())
		m.nearby[address] = is
	}
	return is
}

// published reports whether a port is that of a container, which has a loopback of its own.
func published(port string) bool {
	number, err := strconv.Atoi(port)
	if err != nil {
		return false
	}
	found, err := proc.Find(proc.Match{Port: number})
	return err == nil && slices.ContainsFunc(found, func(i proc.Info) bool { return i.Name == dockerProxy })
}

// dockerProxy is the program that holds the ports which containers publish.
const dockerProxy = "docker-proxy"

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

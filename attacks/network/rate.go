package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/failurefriday/friday/attacks"
)

// RateKind is network.rate.
var RateKind = attacks.Kind{
	Name:    "network.rate",
	Summary: "Slow down what leaves through network devices to a rate." + noTimer,
	Example: "{in: {container: {name: web}}, rate: 1mbit}",
	New:     func() attacks.Attack { return &Rate{} },
	AtOnce:  16,
}

// Rate makes a line slow.
type Rate struct {
	Devices `yaml:",inline"`
	Rate    BitRate `yaml:"rate" required:"true" doc:"how much may leave in a second: 100kbit, 1.5mbit, 1gbit; what is more waits for half a second (ten packets at least), and beyond that it is lost"`
}

var _ attacks.Attack = (*Rate)(nil)

// BitRate is a number of bits in a second.
type BitRate uint64

// bitRates are the units, with the decimal prefixes of networks.
var bitRates = []struct {
	unit string
	bits float64
}{{"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}}

var bitRate = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(kbit|mbit|gbit)$`)

// What a queue can hold to.
const (
	slowest = BitRate(1e3)
	fastest = BitRate(1e12)
)

// backlog is how much of what is over the rate waits, as it would for a slow line; the rest is lost.
const backlog = 500 * time.Millisecond

// UnmarshalText reads 100kbit, 1.5mbit or 1gbit.
func (r *BitRate) UnmarshalText(text []byte) error {
	parts := bitRate.FindStringSubmatch(strings.ToLower(string(text)))
	if parts == nil {
		return errors.New("want a rate in bits a second such as 100kbit, 1.5mbit or 1gbit")
	}
	number, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return err
	}
	for _, u := range bitRates {
		if u.unit == parts[2] {
			number *= u.bits
		}
	}
	if number < float64(slowest) || number > float64(fastest) {
		return fmt.Errorf("want a rate from %s to %s", slowest, fastest)
	}
	*r = BitRate(math.Round(number))
	return nil
}

// String is r as it stands in a file.
func (r BitRate) String() string {
	for _, u := range bitRates {
		if float64(r) >= u.bits {
			return strconv.FormatFloat(float64(r)/u.bits, 'f', -1, 64) + u.unit
		}
	}
	return strconv.FormatUint(uint64(r), 10) + "bit"
}

// Plan finds the devices. One with a queue that is not the kernel's own is refused.
func (r *Rate) Plan(ctx context.Context) ([]attacks.Change, error) {
	return r.plan(ctx, RateKind.Name, "slowed down to "+r.Rate.String(), r.queue)
}

// queue is a tbf for a device that sends packets of up to mtu bytes. It must let at least one of them go at once.
func (r *Rate) queue(mtu int) (queue, error) {
	const header = 64 // more than any link layer puts before a packet
	packet := float64(mtu + header)
	rate := float64(r.Rate) / 8
	burst := max(packet, rate/100) // a hundredth of a second, which is the slowest clock of any kernel
	limit := burst + max(rate*backlog.Seconds(), 10*packet)
	const ticks = 1e9 / 64 // a second, as the kernel counts the time that a burst takes
	if burst/rate*ticks > math.MaxUint32 {
		return queue{}, fmt.Errorf("%s is too slow for packets of up to %d bytes: ask for more, or make the MTU smaller", r.Rate, mtu)
	}
	return queue{Rate: uint64(rate), Burst: cut32(burst), Limit: cut32(limit)}, nil
}

// cut32 is x, or the most that 32 bits can say.
func cut32(x float64) uint32 { return uint32(min(x, math.MaxUint32)) }

package metrics

import (
	"time"

	"github.com/failurefriday/friday/verify"
)

// AckBins is how far through an incident's life somebody acknowledged it: 100·(t_k−t_i)/(t_z−t_i), of every page that came.
type AckBins struct {
	Bins         [5]int `json:"bins"`          // [0,20) [20,40) [40,60) [60,80) [80,100], in percent
	NeverAcked   int    `json:"never_acked"`   // and not resolved either while somebody looked
	ClosedItself int    `json:"closed_itself"` // resolved, and nobody had acknowledged it
	StillOpen    int    `json:"still_open"`    // acknowledged, and not resolved while somebody looked
	Undefined    int    `json:"undefined"`     // resolved in the moment in which it was opened, or before it was acknowledged
	NotKnown     int    `json:"not_known"`     // nobody could see whether it was acknowledged, or resolved
}

// Defined is how many pages have a percentage.
func (b AckBins) Defined() int {
	n := 0
	for _, count := range b.Bins {
		n += count
	}
	return n
}

// AckBinsOf sorts the pages that came.
func AckBinsOf(pages []Page) AckBins {
	var b AckBins
	for _, p := range pages {
		if p.Detect.Measured() {
			b.add(p)
		}
	}
	return b
}

func (b *AckBins) add(p Page) {
	switch {
	case p.Ack.Known == Unseen || p.Resolve.Known == Unseen:
		b.NotKnown++
	case p.Ack.Known == Never && p.Resolve.Known == Never:
		b.NeverAcked++
	case p.Ack.Known == Never:
		b.ClosedItself++
	case p.Resolve.Known == Never:
		b.StillOpen++
	case p.Resolve.For <= 0, p.Ack.For > p.Resolve.For:
		b.Undefined++
	default:
		b.Bins[min(4, int(5*float64(p.Ack.For)/float64(p.Resolve.For)))]++
	}
}

// MTTR is one of the rival definitions of the mean time to resolve. A mean knows nothing of what did not end: NotEnded says
// how many that are.
type MTTR struct {
	Definition string          `json:"definition"` // id, see Definitions
	N          int             `json:"n"`
	Mean       *verify.Seconds `json:"mean_s"` // null if N is 0
	NotEnded   int             `json:"not_ended"`
	NotKnown   int             `json:"not_known"`
}

// MTTRs are the mean by all three definitions, over valid faults.
func MTTRs(faults []Fault) []MTTR {
	var acked, triggered, outages []Took
	for _, p := range Pages(faults) {
		if p.Detect.Measured() {
			triggered = append(triggered, p.Resolve)
			if p.Ack.Measured() {
				acked = append(acked, p.Resolve)
			}
		}
	}
	for _, f := range faults {
		if f.Valid() {
			outages = append(outages, f.Outage)
		}
	}
	return []MTTR{mean("mttr-acknowledged", acked), mean("mttr-triggered", triggered), mean("mttr-outage", outages)}
}

func mean(definition string, all []Took) MTTR {
	m := MTTR{Definition: definition}
	sum := 0.0 // of seconds: ten thousand outages of a month each would be too many nanoseconds
	for _, t := range all {
		switch t.Known {
		case Exactly:
			m.N++
			sum += t.For.Seconds()
		case Never:
			m.NotEnded++
		case Unseen:
			m.NotKnown++
		}
	}
	if m.N > 0 {
		s := verify.Seconds(sum / float64(m.N) * float64(time.Second))
		m.Mean = &s
	}
	return m
}

// Noise is how much people were told, over valid faults.
type Noise struct {
	Faults        int     `json:"faults"`
	Incidents     int     `json:"incidents"`
	Notifications int     `json:"notifications"`
	Unexpected    int     `json:"unexpected_incidents"`
	Precision     Rate    `json:"precision"` // matched incidents ÷ all incidents
	OffHours      Rate    `json:"off_hours"` // of the notifications
	ByHour        [24]int `json:"by_hour"`   // notifications, in the zone
}

// The hours in which people sleep: from the first o'clock up to before the second, in their own zone.
const (
	sleepFrom  = 22
	sleepUntil = 8
)

// NoiseOf counts what people were told. Hours are those of the zone; nil is UTC.
func NoiseOf(faults []Fault, zone *time.Location) Noise {
	if zone == nil {
		zone = time.UTC
	}
	var n Noise
	for _, f := range faults {
		if !f.Valid() {
			continue
		}
		n.Faults++
		n.Incidents += f.Opened
		n.Unexpected += f.Unexpected
		n.Precision.Hits += f.Matched
		n.Precision.Of += f.Opened
		for _, at := range f.Notified {
			if at.IsZero() {
				continue
			}
			hour := at.In(zone).Hour()
			n.Notifications++
			n.ByHour[hour]++
			n.OffHours.Of++
			if OffHour(hour) {
				n.OffHours.Hits++
			}
		}
	}
	return n
}

// OffHour reports whether people sleep in that hour of the day.
func OffHour(hour int) bool { return hour >= sleepFrom || hour < sleepUntil }

// PerFault is how many of something there were per fault; 0 if there were no faults.
func (n Noise) PerFault(of int) float64 {
	if n.Faults == 0 {
		return 0
	}
	return float64(of) / float64(n.Faults)
}

// Findings are what became of what was found, as plain numbers.
type Findings struct {
	Faults int `json:"faults"`
	Opened int `json:"opened"`
	Closed int `json:"closed"`
	// MedianAge is of those that are open, type 7; null if none is.
	MedianAge *verify.Seconds `json:"median_age_s"`
}

// FindingsOf makes Findings. Ages are those of the open ones.
func FindingsOf(faults, opened, closed int, ages []time.Duration) Findings {
	took := make([]Took, len(ages))
	for i, a := range ages {
		took[i] = Took{Exactly, max(0, a)}
	}
	f := Findings{Faults: faults, Opened: opened, Closed: closed}
	if len(ages) > 0 {
		f.MedianAge = Percentile(TimesOf(took).Values, 0.5).Seconds
	}
	return f
}

// Yield is how many findings a fault brings: opened ÷ faults; false if there were no faults.
func (f Findings) Yield() (float64, bool) {
	if f.Faults == 0 {
		return 0, false
	}
	return float64(f.Opened) / float64(f.Faults), true
}

// Package all lists every source and every probe. A new one is a package, or a file, and one line here.
package all

import (
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/pagerduty"
	"github.com/failurefriday/friday/verify/probes"
)

// Sources are the alerting systems that Friday can read.
func Sources() []verify.SourceKind {
	return []verify.SourceKind{
		pagerduty.Kind,
	}
}

// Probes are the ways to look at one thing once.
func Probes() []verify.ProbeKind {
	return []verify.ProbeKind{
		probes.HTTPKind,
		probes.TCPKind,
		probes.ProcessKind,
		probes.ContainerKind,
		probes.CommandKind,
		probes.CanaryKind,
	}
}

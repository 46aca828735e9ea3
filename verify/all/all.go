// Package all lists every source and every probe. A new one is a package, or a file, and one line here.
package all

import (
	"github.com/failurefriday/friday/verify"
	"github.com/failurefriday/friday/verify/alertmanager"
	"github.com/failurefriday/friday/verify/icinga2"
	"github.com/failurefriday/friday/verify/mail"
	"github.com/failurefriday/friday/verify/monit"
	"github.com/failurefriday/friday/verify/pagerduty"
	"github.com/failurefriday/friday/verify/probes"
	"github.com/failurefriday/friday/verify/prometheus"
	"github.com/failurefriday/friday/verify/rest"
	"github.com/failurefriday/friday/verify/webhook"
)

// Sources are the alerting systems that Friday can read.
func Sources() []verify.SourceKind {
	return []verify.SourceKind{
		pagerduty.Kind,
		mail.Kind,
		webhook.Kind,
		rest.Kind,
		prometheus.Kind,
		alertmanager.Kind,
		icinga2.Kind,
		monit.Kind,
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

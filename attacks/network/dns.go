package network

import (
	"context"
	"errors"
	"fmt"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/diag"
)

// DNSKind is network.dns.
var DNSKind = attacks.Kind{
	Name:    "network.dns",
	Summary: "Cut DNS: names cannot be looked up. The kernel ends it by itself when Friday dies.",
	Example: "{in: {container: {name: web}}, answer: refuse}",
	New:     func() attacks.Attack { return &DNS{} },
	AtOnce:  16,
}

// DNS cuts the way to name servers, those on loopback too.
type DNS struct {
	Targets  `yaml:",inline"`
	Answer   Answer `yaml:"answer" default:"drop" doc:"what becomes of a query: drop (no answer ever comes) or refuse (an error comes at once)"`
	Ciphered bool   `yaml:"ciphered" doc:"DNS over TLS, which has a port of its own (853), too"`
	tables   `yaml:"-"`
}

// Answer is drop or refuse; "" is drop.
type Answer string

// UnmarshalText reads one of the words.
func (a *Answer) UnmarshalText(text []byte) error {
	*a = Answer(text)
	if a.wrong() != "" || *a == "" {
		return errors.New("want drop or refuse")
	}
	return nil
}

func (a Answer) wrong() string {
	switch a {
	case "", "drop", "refuse":
		return ""
	}
	return fmt.Sprintf("%q is no answer: want drop or refuse", string(a))
}

var (
	_ attacks.Attack   = (*DNS)(nil)
	_ attacks.Limited  = (*DNS)(nil)
	_ attacks.Leased   = (*DNS)(nil)
	_ attacks.Measured = (*DNS)(nil)
	_ attacks.Sited    = (*DNS)(nil)
	_ attacks.Sweeper  = (*DNS)(nil)
	_ diag.Checker     = (*DNS)(nil)
)

// Check finds what the types of the parameters do not tell.
func (d *DNS) Check() []diag.FieldError {
	bad := d.Targets.Check()
	if msg := d.Answer.wrong(); msg != "" {
		bad = append(bad, diag.FieldError{Field: "answer", Msg: msg})
	}
	return bad
}

// Plan finds the namespaces, and tries the rules elsewhere.
func (d *DNS) Plan(ctx context.Context) ([]attacks.Change, error) {
	if msg := d.Answer.wrong(); msg != "" {
		return nil, fmt.Errorf("answer: %s", msg)
	}
	places, err := d.choose(ctx)
	if err != nil {
		return nil, err
	}
	c := cut{Everything: true, Loopback: true, In: true, Out: true, Ports: [][2]uint16{{53, 53}}, Action: drop, Share: whole}
	does := "DNS queries are dropped"
	if d.Ciphered {
		c.Ports = append(c.Ports, [2]uint16{853, 853})
	}
	if d.Answer == "refuse" {
		c.Action, does = unreachable, "DNS queries are refused"
	}
	return d.planTables(ctx, DNSKind.Name, "nftables with its inet family and reject (CONFIG_NF_TABLES_INET, CONFIG_NFT_REJECT_INET)", everywhere(places, c, does))
}

package scenarios

import (
	"reflect"
	"slices"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/decode"
	"github.com/failurefriday/friday/verify"
)

// slots tells the decoder which structs of ours hold a thing of which list.
func slots(k Kinds) decode.Slots {
	return decode.Slots{
		reflect.TypeFor[Attack](): {What: "attack", Kinds: attackKinds(k.Attacks), Set: func(holder any, kind string, made any) {
			a := holder.(*Attack)
			i := slices.IndexFunc(k.Attacks, func(a attacks.Kind) bool { return a.Name == kind })
			a.Kind, a.Attack, a.AtOnce = kind, made.(attacks.Attack), k.Attacks[i].AtOnce
		}},
		reflect.TypeFor[Probe](): {What: "probe", Kinds: probeKinds(k.Probes), Set: func(holder any, kind string, made any) {
			p := holder.(*Probe)
			p.Kind, p.Probe = kind, made.(verify.Probe)
		}},
		reflect.TypeFor[Source](): {What: "kind of source", Kinds: sourceKinds(k.Sources), Set: func(holder any, kind string, made any) {
			s := holder.(*Source)
			i := slices.IndexFunc(k.Sources, func(s verify.SourceKind) bool { return s.Name == kind })
			s.Kind, s.Params, s.Follows = kind, made.(verify.SourceParams), k.Sources[i].Follows
		}},
		reflect.TypeFor[Notify](): {What: "kind of target", Kinds: k.Notify, Set: func(holder any, kind string, made any) {
			n := holder.(*Notify)
			n.Kind, n.Params = kind, made
		}},
	}
}

func attackKinds(list []attacks.Kind) []decode.Kind {
	kinds := make([]decode.Kind, len(list))
	for i, k := range list {
		kinds[i] = decode.Kind{Name: k.Name, Summary: k.Summary, New: func() any { return k.New() }}
	}
	return kinds
}

func probeKinds(list []verify.ProbeKind) []decode.Kind {
	kinds := make([]decode.Kind, len(list))
	for i, k := range list {
		kinds[i] = decode.Kind{Name: k.Name, Summary: k.Summary, New: func() any { return k.New() }}
	}
	return kinds
}

func sourceKinds(list []verify.SourceKind) []decode.Kind {
	kinds := make([]decode.Kind, len(list))
	for i, k := range list {
		kinds[i] = decode.Kind{Name: k.Name, Summary: k.Summary, New: func() any { return k.New() }}
	}
	return kinds
}

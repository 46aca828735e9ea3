package alertmanager

import (
	"context"
	"time"

	"github.com/failurefriday/friday/internal/amconfig"
)

// look is all that one look at the hops has read. Times are the server's.
type look struct {
	at       time.Time // when the alerts were asked for
	counters counters  // read before the alerts: what is not there yet has not been counted
	peers    int       // members of the cluster, 1 if it is alone
	config   *amconfig.Config
	silences map[string]amconfig.Silence
	groups   []group
	alerts   []alert
	// shown is every alert by its fingerprint, muted what mutes it (fingerprint, then receiver).
	shown map[string]alert
	muted map[string]map[string][]string
}

// look makes five requests, whatever is expected. They are made one after the other: Alertmanager refuses those that
// come while too many are under way.
func (s *Source) look(ctx context.Context) (*look, error) {
	l := &look{peers: 1, silences: map[string]amconfig.Silence{}, shown: map[string]alert{}, muted: map[string]map[string][]string{}}
	var err error
	if l.counters, err = s.counted(ctx); err != nil {
		return nil, err
	}
	st, err := s.status(ctx)
	if err != nil {
		return nil, err
	}
	l.peers = max(1, len(st.Cluster.Peers))
	if l.config, err = s.parsed(st.Config.Original); err != nil {
		return nil, err
	}
	silences, err := s.Silences(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range silences {
		l.silences[one.ID] = one
	}
	if l.groups, err = list[group](ctx, s, "/api/v2/alerts/groups", nil); err != nil {
		return nil, err
	}
	l.at = s.now()
	if l.alerts, err = s.alerts(ctx); err != nil {
		return nil, err
	}
	s.remember(sight{asked: l.at, answered: s.now(), alerts: l.alerts, config: l.config})
	l.index()
	return l, nil
}

func (l *look) index() {
	for _, a := range l.alerts {
		l.shown[a.Fingerprint] = a
	}
	for _, g := range l.groups {
		for _, a := range g.Alerts {
			if len(a.Status.MutedBy) == 0 {
				continue
			}
			if l.muted[a.Fingerprint] == nil {
				l.muted[a.Fingerprint] = map[string][]string{}
			}
			l.muted[a.Fingerprint][g.Receiver.Name] = a.Status.MutedBy
		}
	}
}

package icinga2

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/failurefriday/friday/internal/httpapi"
	"github.com/failurefriday/friday/verify"
)

// world is all that Icinga tells of the way of its pages, at one moment.
type world struct {
	s       *Source
	at      time.Time // Icinga's clock
	app     application
	all     []checkable
	byKey   map[string]*checkable
	notes   map[string][]notification
	down    map[string][]downtime
	acks    map[string]comment
	users   map[string]user
	periods map[string]period
	parents map[string][]dependency
	hidden  []verify.Evidence // what the user may not read
	blind   map[string]bool   // the same, by name of the list
}

// look asks for everything once: nine requests.
func (s *Source) look(ctx context.Context) (*world, error) {
	w := &world{s: s, byKey: map[string]*checkable{}, blind: map[string]bool{}}
	var err error
	if w.app, err = s.status(ctx); err != nil {
		if err = w.hide("status", verify.HandedToRouter, err); err != nil {
			return nil, err
		}
		w.app = application{true, true, true, true, true}
	}
	if w.all, err = s.checkables(ctx); err != nil {
		return nil, err
	}
	for i := range w.all {
		w.byKey[w.all[i].key] = &w.all[i]
	}
	if w.notes, err = s.notifications(ctx); err != nil {
		return nil, err
	}
	if err := w.rest(ctx); err != nil {
		return nil, err
	}
	w.at = s.now()
	return w, nil
}

// rest asks for what explains, and may be hidden from the user.
func (w *world) rest(ctx context.Context) error {
	w.down, w.acks, w.parents = map[string][]downtime{}, map[string]comment{}, map[string][]dependency{}
	downs, err := several[downtime](ctx, w, "downtimes", w.s.only("downtime.host_name"), downtimeAttributes)
	if err != nil {
		return err
	}
	for _, o := range downs {
		key := keyOf(o.Attrs.Host, o.Attrs.Service)
		w.down[key] = append(w.down[key], *o.Attrs)
	}
	comments, err := several[comment](ctx, w, "comments", w.s.only("comment.host_name"), commentAttributes)
	if err != nil {
		return err
	}
	for _, o := range comments {
		if o.Attrs.Kind == ofAcknowledgement {
			w.acks[keyOf(o.Attrs.Host, o.Attrs.Service)] = *o.Attrs
		}
	}
	parents, err := several[dependency](ctx, w, "dependencies", w.s.only("dependency.child_host_name"), dependencyAttributes)
	if err != nil {
		return err
	}
	for _, o := range parents {
		key := keyOf(o.Attrs.ChildHost, o.Attrs.ChildService)
		w.parents[key] = append(w.parents[key], *o.Attrs)
	}
	if w.users, err = named[user](ctx, w, "users", userAttributes); err != nil {
		return err
	}
	w.periods, err = named[period](ctx, w, "timeperiods", periodAttributes)
	return err
}

// several lists objects; those of a type that the user may not query are hidden, which is no failure.
func several[T any](ctx context.Context, w *world, kind, filter string, attrs []string) ([]item[T], error) {
	found, err := objects[T](ctx, w.s, kind, filter, attrs...)
	if err != nil {
		err = w.hide(kind, verify.Routed, err)
	}
	slices.SortFunc(found, func(a, b item[T]) int { return cmp.Compare(a.Name, b.Name) })
	return found, err
}

func named[T any](ctx context.Context, w *world, kind string, attrs []string) (map[string]T, error) {
	all, err := several[T](ctx, w, kind, "", attrs)
	found := map[string]T{}
	for _, o := range all {
		found[o.Name] = *o.Attrs
	}
	return found, err
}

// hide takes note of a list that the user may not read. Any other failure is one.
func (w *world) hide(list string, hop verify.Hop, err error) error {
	var refused *httpapi.Error
	forbidden := errors.As(err, &refused) && (refused.Kind == httpapi.Auth || strings.Contains(refused.Body, "Missing permission"))
	if !forbidden {
		return err
	}
	w.blind[list] = true
	w.hidden = append(w.hidden, verify.Evidence{
		Hop: hop, Source: w.s.name, At: w.s.ours(w.at), Request: request(list), Answer: err.Error(),
		Text: "the ApiUser may not read " + list + ", so what they do to a page cannot be seen", Advice: "give the ApiUser the permissions objects/query/* and status/query",
	})
	return nil
}

func request(list string) string {
	if list == "status" {
		return "GET /v1/status"
	}
	return "GET /v1/objects/" + list
}

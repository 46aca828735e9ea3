package icinga2

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/failurefriday/friday/verify/verifytest"
)

type object = map[string]any

// fake plays the part of Icinga's API that a reader needs: every list is whole, an object has the attributes that were
// asked for, and what is not there is answered as Icinga does.
type fake struct {
	mu    sync.Mutex
	lists map[string][]object // objects by the name of their list: name, attrs
	app   object
	deny  []string // lists that the user may not read
	mute  bool     // the notification feature is switched off
}

func unix(t time.Time) any {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}

// Add adds services of hosts that have the ids of the incidents.
func (f *fake) Add(incidents ...verifytest.Incident) {
	for _, in := range incidents {
		attrs := attrsOf(in.Service)
		attrs["vars"] = object{"id": in.ID, "title": in.Title}
		attrs["last_hard_state_change"], attrs["last_state_change"], attrs["previous_state_change"] = unix(in.Opened), unix(in.Opened), unix(in.Opened)
		attrs["last_state_critical"], attrs["last_check"] = unix(in.Opened), unix(time.Now())
		attrs["state"] = 2
		if !in.Resolved.IsZero() {
			attrs["state"] = 0
			attrs["last_hard_state_change"], attrs["last_state_change"] = unix(in.Resolved), unix(in.Resolved)
		}
		maps.Copy(attrs, in.Fields)
		for name, v := range in.Fields {
			if v == verifytest.Absent {
				delete(attrs, name)
			}
		}
		f.put("services", in.ID+"!"+in.Service, attrs)
	}
}

// attrsOf are the attributes of a service that is well.
func attrsOf(name string) object {
	return object{
		"name": name, "display_name": name, "state": 0, "state_type": 1, "max_check_attempts": 1, "check_attempt": 1, "check_interval": 60,
		"retry_interval": 30, "last_check": unix(time.Now()), "last_hard_state_change": 0, "enable_notifications": true, "enable_active_checks": true,
		"downtime_depth": 0, "last_reachable": true, "acknowledgement": 0,
		"last_check_result": object{"exit_status": 0, "output": "all is well", "execution_start": unix(time.Now()), "execution_end": unix(time.Now())},
	}
}

func (f *fake) put(list, name string, attrs object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lists == nil {
		f.lists = map[string][]object{}
	}
	f.lists[list] = append(f.lists[list], object{"name": name, "attrs": attrs, "joins": object{}, "meta": object{}})
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v1/"), "objects/")
	w.Header().Set("Content-Type", "application/json")
	if slices.Contains(f.deny, list) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"diagnostic_information":"Error: Missing permission: objects/query/` + list + `\n","error":404,"status":"No objects found."}`))
		return
	}
	found := f.lists[list]
	if list == "status" {
		found = f.status()
	}
	if found == nil {
		found = []object{}
	}
	_ = json.NewEncoder(w).Encode(object{"results": found}) // a reader that is gone is the business of the test
}

func (f *fake) status() []object {
	app := object{"program_start": unix(time.Now()) /* and up for no time */}
	maps.Copy(app, f.app)
	notifier := object{"n": 1}
	if f.mute {
		notifier = object{}
	}
	return []object{
		{"name": "CIB", "status": object{"uptime": 0.000001}},
		{"name": "IcingaApplication", "status": object{"icingaapplication": object{"app": app}}},
		{"name": "NotificationComponent", "status": object{"notificationcomponent": notifier}},
		{"name": "CheckerComponent", "status": object{"checkercomponent": object{"c": object{"idle": 1}}}},
	}
}

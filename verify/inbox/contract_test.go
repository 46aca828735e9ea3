package inbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contractsFolder is the folder of recorded contracts, or the test is skipped.
func contractsFolder(t *testing.T) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("FRIDAY_CONTRACTS"), filepath.Join("..", "..", "..", "shared", "contracts"))
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the contracts are not here: %v; set FRIDAY_CONTRACTS to the folder that has pagerduty/ and alertmanager/", err)
	}
	return dir
}

// contract is an OpenAPI document as a validator of answers.
type contract struct {
	schemas *jsonschema.Compiler
	paths   map[string]any
}

func readContract(t *testing.T, file string) contract {
	t.Helper()
	f, err := os.Open(filepath.Join(contractsFolder(t), "pagerduty", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	doc = asJSONSchema(doc)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.AssertFormat()
	if err := c.AddResource("contract.json", doc); err != nil {
		t.Fatal(err)
	}
	return contract{c, doc.(map[string]any)["paths"].(map[string]any)}
}

// nullAfterAll are properties that are null in the document's own examples, although their schemas do not say so.
var nullAfterAll = []string{"priority", "resolve_reason"}

// asJSONSchema turns the words of OpenAPI 3.0 that JSON Schema does not have into such that it has, and mends what the
// document says differently in its text and examples: properties that "will be null", variants that overlap, the name
// of the acknowledge_log_entry.
func asJSONSchema(node any) any {
	switch n := node.(type) {
	case []any:
		for i := range n {
			n[i] = asJSONSchema(n[i])
		}
	case map[string]any:
		for name, value := range n {
			n[name] = asJSONSchema(value)
		}
		if variants, ok := n["oneOf"]; ok && n["anyOf"] == nil {
			n["anyOf"] = variants
			delete(n, "oneOf")
		}
		for _, name := range nullAfterAll {
			if property, ok := n[name].(map[string]any); ok && property["$ref"] != nil {
				n[name] = nullable(property)
			}
		}
		text, _ := n["description"].(string)
		if n["nullable"] == true || n["type"] != nil && nullInText.MatchString(text) {
			return nullable(n)
		}
	case string:
		if n == "acknowledgement_log_entry" {
			return "acknowledge_log_entry"
		}
	}
	return node
}

var nullInText = regexp.MustCompile("(?i)or `null` if|is `null` if|if `null`, the|will be null if")

func nullable(n map[string]any) map[string]any {
	delete(n, "nullable")
	return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, n}}
}

// check validates an answer against what the operation may say with this status.
func (c contract) check(t *testing.T, method, path string, res *http.Response, status int) {
	t.Helper()
	body := text(t, res, status)
	if got := res.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	schema, err := c.schemas.Compile("contract.json#" + c.pointer(t, method, path, status))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(answer); err != nil {
		t.Errorf("%s %s %d breaks the contract: %v\nbody: %s", method, path, status, err, body)
	}
}

// pointer is where the schema of the answer stands, through one reference at most.
func (c contract) pointer(t *testing.T, method, path string, status int) string {
	t.Helper()
	operation, ok := c.paths[path].(map[string]any)[strings.ToLower(method)].(map[string]any)
	if !ok {
		t.Fatalf("the contract has no %s %s", method, path)
	}
	code := map[int]string{200: "200", 201: "201", 202: "202", 400: "400", 401: "401", 404: "404", 413: "413", 429: "429"}[status]
	answer, ok := operation["responses"].(map[string]any)[code].(map[string]any)
	if !ok {
		t.Fatalf("the contract of %s %s has no status %d", method, path, status)
	}
	at := "/paths/" + strings.ReplaceAll(path, "/", "~1") + "/" + strings.ToLower(method) + "/responses/" + code
	if ref, ok := answer["$ref"].(string); ok {
		at = strings.TrimPrefix(ref, "#")
	}
	if answer["content"] == nil && answer["$ref"] == nil { // a 400 of the events document points nowhere
		at = "/components/responses/Error"
	}
	at += "/content/application~1json/schema"
	return strings.NewReplacer("{", "%7B", "}", "%7D").Replace(at)
}

// busyInbox has something of everything: three incidents, one of each status, two people, two levels, a window.
func busyInbox(t *testing.T) *Server {
	t.Helper()
	c := DefaultConfig()
	c.Users = []User{{Name: "Ada", Email: "ada@friday.example", Phone: "+44 20 7946 0000", OnCall: true}, {Name: "Grace", OnCall: true}}
	c.Policies = []Policy{{Name: "Two levels", Levels: []Level{{Delay: 90 * time.Second, Users: []string{"Ada"}}, {Users: []string{"Ada", "Grace"}}}}}
	c.Services = []Service{{Name: "checkout"}, {Name: "search", Urgency: Low}, {Name: "asleep", Disabled: true}}
	c.Maintenance = []Window{{Service: "search", Start: time.Now().Add(-time.Hour), End: time.Now().Add(time.Hour), Description: "disk swap"}}
	s := mustNew(t, c, Env{})
	send(t, s, trigger("payload.timestamp", "2026-11-20T10:00:00Z", "payload.component", "nginx", "payload.group", "shop", "payload.class", "http",
		"payload.custom_details", map[string]any{"load": 3}, "client", "prober", "client_url", "https://prober.example/1",
		"links", []any{map[string]any{"href": "https://runbook.example/", "text": "runbook"}},
		"images", []any{map[string]any{"src": "https://graph.example/1.png", "href": "https://graph.example/", "alt": "graph"}}))
	send(t, s, trigger("dedup_key", "k2", "payload.severity", "warning"))
	send(t, s, act("acknowledge", "k2"))
	send(t, s, trigger("dedup_key", "k3", "payload.custom_details", "plain text"))
	send(t, s, trigger("dedup_key", "k3"))
	send(t, s, act("resolve", "k3"))
	return s
}

func TestAnswersKeepTheContract(t *testing.T) {
	api, s := readContract(t, "rest.openapi.json"), busyInbox(t)
	all := incidents(t, s, "")
	if len(all) != 3 {
		t.Fatalf("%d incidents, want one of each status", len(all))
	}
	window := "?since=" + time.Now().UTC().Add(-time.Hour).Format(time.RFC3339) + "&until=" + time.Now().UTC().Add(time.Hour).Format(time.RFC3339)
	service, policy, user := all[0].Service.ID, s.world.policies[0].id, s.world.users[0].id
	for _, op := range []struct{ path, id, query string }{
		{path: "/incidents"},
		{path: "/incidents", query: "?total=true&limit=1&include[]=first_trigger_log_entries&include[]=channels&include[]=services&include[]=assignees&include[]=acknowledgers&include[]=escalation_policies"},
		{"/incidents/{id}", all[0].ID, ""},
		{"/incidents/{id}", all[1].ID, ""},
		{"/incidents/{id}", all[2].ID, "?include[]=first_trigger_log_entries"},
		{"/incidents/{id}/alerts", all[0].ID, ""},
		{"/incidents/{id}/alerts", all[2].ID, ""},
		{"/incidents/{id}/log_entries", all[2].ID, "?include[]=channels"},
		{path: "/log_entries"},
		{path: "/log_entries", query: "?include[]=channels&limit=100&is_overview=true"},
		{"/log_entries/{id}", s.store.log[0].id, "?include[]=channels"},
		{path: "/services"},
		{path: "/services", query: "?query=che&sort_by=name:desc"},
		{"/services/{id}", service, ""},
		{path: "/escalation_policies"},
		{"/escalation_policies/{id}", policy, ""},
		{path: "/users"},
		{"/users/{id}", user, ""},
		{path: "/oncalls"},
		{path: "/maintenance_windows"},
		{"/maintenance_windows/{id}", s.world.windows[0].id, ""},
		{path: "/notifications", query: window},
	} {
		t.Run("GET "+op.path+" "+op.query, func(t *testing.T) {
			res := do(s, "GET", strings.ReplaceAll(op.path, "{id}", op.id)+op.query, "")
			api.check(t, "GET", op.path, res, 200)
		})
	}
}

func TestChangesKeepTheContract(t *testing.T) {
	api, s := readContract(t, "rest.openapi.json"), busyInbox(t)
	open := incidents(t, s, "?statuses[]=triggered")[0]
	from := []string{"From", "ada@friday.example"}
	body := `{"incidents":[{"id":"` + open.ID + `","type":"incident_reference","status":"acknowledged"}]}`
	api.check(t, "PUT", "/incidents", do(s, "PUT", "/incidents", body, from...), 200)
	body = `{"incident":{"type":"incident","status":"resolved"}}`
	api.check(t, "PUT", "/incidents/{id}", do(s, "PUT", "/incidents/"+open.ID, body, from...), 200)
	body = `{"maintenance_window":{"type":"maintenance_window","start_time":"2026-11-09T20:00:00Z","end_time":"2026-11-09T22:00:00Z","services":[{"id":"` + open.Service.ID + `","type":"service_reference"}]}}`
	api.check(t, "POST", "/maintenance_windows", do(s, "POST", "/maintenance_windows", body, from...), 201)
	id := s.world.windows[1].id
	body = `{"maintenance_window":{"type":"maintenance_window","description":"later","end_time":"2026-11-09T23:00:00Z"}}`
	api.check(t, "PUT", "/maintenance_windows/{id}", do(s, "PUT", "/maintenance_windows/"+id, body, from...), 200)
}

func TestRefusalsKeepTheContract(t *testing.T) {
	api, s := readContract(t, "rest.openapi.json"), busyInbox(t)
	locked, _ := lockedInbox(t)
	for _, op := range []struct {
		method, path, rest, body string
		server                   *Server
		status                   int
	}{
		{"GET", "/incidents", "?limit=x", "", s, 400},
		{"GET", "/incidents", "?since=yesterday", "", s, 400},
		{"PUT", "/incidents", "", `{"incidents":[]}`, s, 400},
		{"PUT", "/incidents", "", `{`, s, 400},
		{"GET", "/notifications", "", "", s, 400},
		{"POST", "/maintenance_windows", "", `{}`, s, 400},
		{"GET", "/incidents", "", "", locked, 401},
		{"GET", "/services/{id}", "", "", s, 404},
		{"GET", "/incidents/{id}", "", "", s, 404},
		{"GET", "/users/{id}", "", "", s, 404},
		{"GET", "/escalation_policies/{id}", "", "", s, 404},
		{"GET", "/incidents/{id}/log_entries", "", "", s, 404},
	} {
		t.Run(op.method+" "+op.path+op.rest, func(t *testing.T) {
			res := do(op.server, op.method, strings.ReplaceAll(op.path, "{id}", "PNONE")+op.rest, op.body)
			api.check(t, op.method, op.path, res, op.status)
		})
	}
}

func TestEventAnswersKeepTheContract(t *testing.T) {
	api := readContract(t, "events-v2.openapi.json")
	s := mustNew(t, DefaultConfig(), Env{})
	for status, body := range map[int]string{202: trigger(), 400: trigger("payload.severity", "mild")} {
		api.check(t, "POST", "/enqueue", do(s, "POST", "/v2/enqueue", body), status)
	}
}

// The bodies are what a real Alertmanager sent, in the order trigger, resolve.
func TestAlertmanagerIsUnderstood(t *testing.T) {
	dir := filepath.Join(contractsFolder(t), "alertmanager")
	triggers, err := filepath.Glob(filepath.Join(dir, "pagerduty_v2_trigger_*.json"))
	if err != nil || len(triggers) == 0 {
		t.Fatalf("no recorded bodies in %s: %v", dir, err)
	}
	for _, file := range triggers {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := mustNew(t, DefaultConfig(), Env{})
			body := readFile(t, file)
			key := send(t, s, body)
			var sent event
			if err := json.Unmarshal([]byte(body), &sent); err != nil {
				t.Fatal(err)
			}
			open := onlyIncident(t, s)
			if open.Status != triggered || open.Title != sent.Payload.Summary || open.Key != sent.Key || key != sent.Key || open.Service.Summary != sent.RoutingKey {
				t.Errorf("%+v is not what was sent: %+v", open, sent)
			}
			send(t, s, readFile(t, strings.Replace(file, "_trigger_", "_resolve_", 1)))
			if closed := onlyIncident(t, s); closed.Status != resolved || closed.ID != open.ID {
				t.Errorf("after resolve: %+v", closed)
			}
			if log := logOf(t, s, open.ID); !slices.ContainsFunc(log, func(l string) bool { return strings.HasPrefix(l, "resolve: ") }) {
				t.Errorf("nothing of the resolve in the log: %q", log)
			}
		})
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

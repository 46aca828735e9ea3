package reports

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/failurefriday/friday/verify"
)

// The shapes of SARIF 2.1.0 (OASIS standard), as far as code scanning reads them.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Results     []sarifResult     `json:"results"`
		Invocations []sarifInvocation `json:"invocations"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Name  string    `json:"name"`
		Short sarifText `json:"shortDescription"`
		Help  sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule      string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool        `json:"executionSuccessful"`
		Notifications []sarifNote `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNote struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
)

// lintSARIF writes SARIF. A finding at a live server has no file; its place is then the server's name.
func lintSARIF(w io.Writer, f Findings) error {
	f = cleanFindings(f)
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "friday lint", Rules: []sarifRule{}}}, Results: []sarifResult{}}
	for _, x := range f.Found {
		id := x.Kind + "/" + x.Check
		if !slices.ContainsFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == id }) {
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(id, x))
		}
		text := x.Subject + ": " + x.Text
		if x.Advice != "" {
			text += ". To do: " + x.Advice
		}
		run.Results = append(run.Results, sarifResult{Rule: id, Level: string(x.Severity), Message: sarifText{text}, Locations: []sarifLocation{sarifPlace(x)}})
	}
	call := sarifInvocation{Successful: len(f.Unseen) == 0}
	for _, why := range f.Unseen {
		call.Notifications = append(call.Notifications, sarifNote{"error", sarifText{why}})
	}
	run.Invocations = []sarifInvocation{call}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifRuleOf(id string, x verify.Finding) sarifRule {
	kind, _ := verify.FindSilentFailure(x.Kind)
	return sarifRule{ID: id, Name: x.Check, Short: sarifText{kindWords(x.Kind)}, Help: sarifText{kind.Summary + " " + kind.Remedy}}
}

func sarifPlace(x verify.Finding) sarifLocation {
	place := sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: filepath.ToSlash(x.File)}).String()}}
	if x.File == "" || x.Source != "" {
		place.Artifact.URI = (&url.URL{Path: x.Source}).String()
		if u, err := url.Parse(x.Source); err == nil && u.Host != "" {
			place.Artifact.URI = u.String()
		}
	}
	if x.Line > 0 {
		place.Region = &sarifRegion{Line: x.Line, Column: x.Column}
	}
	return sarifLocation{place}
}

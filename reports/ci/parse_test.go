package ci_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// command is a workflow command of GitHub Actions.
type command struct {
	name, message string
	properties    map[string]string
}

// parseCommands reads a log as the runner of GitHub Actions does, and refuses whatever is no command.
func parseCommands(log string) ([]command, error) {
	var all []command
	for line := range strings.Lines(log) {
		text, ended := strings.CutSuffix(line, "\n")
		rest, ok := strings.CutPrefix(text, "::")
		head, message, closed := strings.Cut(rest, "::")
		name, props, _ := strings.Cut(head, " ")
		if !ended || !ok || !closed || name != "error" && name != "warning" || message == "" {
			return nil, fmt.Errorf("no annotation: %q", line)
		}
		c := command{name: name, properties: map[string]string{}}
		for prop := range strings.SplitSeq(props, ",") {
			key, value, ok := strings.Cut(prop, "=")
			if _, twice := c.properties[key]; !ok || twice || !strings.Contains("file line title", key) || strings.ContainsAny(value, ":,") {
				return nil, fmt.Errorf("no property: %q in %q", prop, line)
			}
			c.properties[key] = unescaped(value)
		}
		c.message = unescaped(message)
		all = append(all, c)
	}
	return all, nil
}

// unescaped undoes the escaping in the order of the runner: the percent sign last.
func unescaped(s string) string {
	for _, one := range [][2]string{{"%0D", "\r"}, {"%0A", "\n"}, {"%3A", ":"}, {"%2C", ","}, {"%25", "%"}} {
		s = strings.ReplaceAll(s, one[0], one[1])
	}
	return s
}

// testPoint is a test point of TAP version 14.
type testPoint struct {
	ok          bool
	description string
	directive   string
	diagnostics map[string]any
}

var pointLine = regexp.MustCompile(`^(not )?ok ([1-9][0-9]*) - (.*)$`)

// parseTAP reads TAP version 14 strictly: a version, a plan, and as many points, each with at most one block of YAML whose
// values are JSON scalars, and the same for a reader of YAML. It refuses everything else.
func parseTAP(text string) ([]testPoint, error) {
	if !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("the last line does not end")
	}
	rows := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(rows) < 2 || rows[0] != "TAP version 14" {
		return nil, fmt.Errorf("no version")
	}
	count, err := strconv.Atoi(strings.TrimPrefix(rows[1], "1.."))
	if err != nil || !strings.HasPrefix(rows[1], "1..") {
		return nil, fmt.Errorf("no plan: %q", rows[1])
	}
	var all []testPoint
	inYAML, block := false, ""
	for _, row := range rows[2:] {
		m := pointLine.FindStringSubmatch(row)
		switch {
		case inYAML && row == "  ...":
			inYAML = false
			if err := sameInYAML(block, all[len(all)-1].diagnostics); err != nil {
				return nil, err
			}
		case inYAML:
			key, value, ok := strings.Cut(strings.TrimPrefix(row, "  "), ": ")
			var v any
			if !ok || !strings.HasPrefix(row, "  ") || json.Unmarshal([]byte(value), &v) != nil {
				return nil, fmt.Errorf("no entry: %q", row)
			}
			all[len(all)-1].diagnostics[key] = v
			block += row + "\n"
		case strings.HasPrefix(row, "# "):
		case row == "  ---" && len(all) > 0 && all[len(all)-1].diagnostics == nil:
			inYAML, block, all[len(all)-1].diagnostics = true, "", map[string]any{}
		case m != nil && m[2] == strconv.Itoa(len(all)+1):
			p := testPoint{ok: m[1] == ""}
			p.description, p.directive = unescapedTAP(m[3])
			all = append(all, p)
		default:
			return nil, fmt.Errorf("not of TAP: %q", row)
		}
	}
	if inYAML || len(all) != count {
		return nil, fmt.Errorf("%d points, the plan says %d", len(all), count)
	}
	return all, nil
}

// sameInYAML holds what a reader of YAML makes of a block against what it means.
func sameInYAML(block string, want map[string]any) error {
	var got map[string]any
	if err := yaml.Unmarshal([]byte(block), &got); err != nil {
		return fmt.Errorf("no YAML: %w", err)
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d entries in YAML, want %d", len(got), len(want))
	}
	for key, value := range want {
		if fmt.Sprint(got[key]) != fmt.Sprint(value) {
			return fmt.Errorf("%s is %v in YAML, want %v", key, got[key], value)
		}
	}
	return nil
}

// unescapedTAP cuts a description at the first # that is not escaped.
func unescapedTAP(s string) (description, directive string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '#'):
			i++
			b.WriteByte(s[i])
		case s[i] == '#':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

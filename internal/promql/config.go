package promql

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/yamltree"
)

// Config is what the configuration of Prometheus says of scraping, evaluating and alerting. The rest of it is ignored.
type Config struct {
	File               string
	ScrapeInterval     time.Duration // of jobs that say none
	ScrapeTimeout      time.Duration
	EvaluationInterval time.Duration // of groups of rules that say none
	ExternalLabels     map[string]string
	RuleFiles          []RuleGlob
	Jobs               []Job
	// Alertmanagers tells whether any Alertmanager is configured, and AlertingPos where, or where the section is.
	Alertmanagers bool
	AlertingPos   diag.Pos
	// RemoteWrite is true where samples are sent on; rules may then be evaluated elsewhere.
	RemoteWrite bool
}

// RuleGlob is one entry of rule_files.
type RuleGlob struct {
	Pattern string
	Pos     diag.Pos
	// Files are the files that it matches now, for a configuration that was read from a file.
	Files []string
}

// Job is one scrape configuration.
type Job struct {
	Name            string
	Pos             diag.Pos
	Interval        time.Duration
	Timeout         time.Duration
	MetricsPath     string
	HonorLabels     bool
	HonorTimestamps bool // true is the default, and matters only where the targets tell time stamps
	Targets         []string
	Discoveries     []string // kinds of service discovery other than static ones: file, kubernetes, …
	Relabels        bool     // relabelling may change the label job, or make targets go
}

// The defaults of Prometheus' documentation.
const (
	defaultInterval = time.Minute
	defaultTimeout  = 10 * time.Second
)

// LoadConfig reads a prometheus.yml and finds the files of rules that it names.
func LoadConfig(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := ParseConfig(path, data)
	if err != nil {
		return nil, err
	}
	for i, g := range c.RuleFiles {
		pattern := g.Pattern
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(path), pattern)
		}
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", g.Pos, g.Pattern, err)
		}
		c.RuleFiles[i].Files = files
	}
	return c, nil
}

// ParseConfig reads a configuration, that of a server too. File is what its places are named by. What cannot be understood is
// taken for the default: Prometheus has its own say of what it refuses.
func ParseConfig(file string, data []byte) (*Config, error) {
	docs, err := yamltree.Parse(file, data)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, errors.New(file + ": the file is empty")
	}
	root := docs[0]
	if !IsConfig(root) {
		return nil, fmt.Errorf("%s: this is no configuration of Prometheus: want global, scrape_configs, rule_files or alerting", root.Pos)
	}
	global := root.Find("global")
	c := &Config{
		File:               file,
		ScrapeInterval:     duration(global, "scrape_interval", defaultInterval),
		EvaluationInterval: duration(global, "evaluation_interval", defaultInterval),
		ExternalLabels:     global.Map("external_labels"),
		RemoteWrite:        len(root.List("remote_write")) > 0,
	}
	c.ScrapeTimeout = duration(global, "scrape_timeout", min(defaultTimeout, c.ScrapeInterval))
	for _, n := range root.List("rule_files") {
		c.RuleFiles = append(c.RuleFiles, RuleGlob{Pattern: n.Text, Pos: n.Pos})
	}
	for _, n := range root.List("scrape_configs") {
		c.Jobs = append(c.Jobs, c.job(n))
	}
	c.alerting(root.Find("alerting"))
	return c, nil
}

// IsConfig reports whether a document is a configuration of Prometheus.
func IsConfig(doc *yamltree.Node) bool {
	return slices.ContainsFunc([]string{"scrape_configs", "rule_files", "alerting", "scrape_config_files"}, doc.Has) ||
		doc.Find("global").Has("scrape_interval") || doc.Find("global").Has("evaluation_interval")
}

func duration(n *yamltree.Node, key string, otherwise time.Duration) time.Duration {
	d, err := model.ParseDuration(n.Word(key))
	if err != nil || d == 0 {
		return otherwise
	}
	return time.Duration(d)
}

func (c *Config) job(n *yamltree.Node) Job {
	j := Job{
		Name: n.Word("job_name"), Pos: n.Pos, MetricsPath: n.Word("metrics_path"),
		Interval: duration(n, "scrape_interval", c.ScrapeInterval), HonorLabels: isTrue(n, "honor_labels", false),
		HonorTimestamps: isTrue(n, "honor_timestamps", true), Relabels: len(n.List("relabel_configs")) > 0,
	}
	j.Timeout = duration(n, "scrape_timeout", min(c.ScrapeTimeout, j.Interval))
	if j.MetricsPath == "" {
		j.MetricsPath = "/metrics"
	}
	if v := n.Find("job_name"); v != nil {
		j.Pos = v.Pos
	}
	for _, e := range n.Entries {
		if kind, ok := strings.CutSuffix(e.Key, "_sd_configs"); ok {
			j.Discoveries = append(j.Discoveries, kind)
		}
	}
	for _, static := range n.List("static_configs") {
		j.Targets = append(j.Targets, static.Words("targets")...)
	}
	return j
}

func isTrue(n *yamltree.Node, key string, otherwise bool) bool {
	switch strings.ToLower(n.Word(key)) {
	case "true", "yes", "on", "y":
		return true
	case "false", "no", "off", "n":
		return false
	}
	return otherwise
}

// alerting counts what can lead to an Alertmanager: a static target or any service discovery.
func (c *Config) alerting(n *yamltree.Node) {
	if n == nil {
		return
	}
	c.AlertingPos = n.Pos
	for _, one := range n.List("alertmanagers") {
		c.AlertingPos = one.Pos
		for _, e := range one.Entries {
			if strings.HasSuffix(e.Key, "_sd_configs") {
				c.Alertmanagers = true
			}
		}
		for _, static := range one.List("static_configs") {
			c.Alertmanagers = c.Alertmanagers || len(static.Words("targets")) > 0
		}
	}
}

package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Settle waits until a Prometheus has found targets for every job and scraped them once, evaluated every rule once and
// found an Alertmanager, which takes it up to 5 s after its start: before that, alerts go nowhere.
func (s *Server) Settle(t testing.TB) {
	t.Helper()
	s.Await(t, "every target scraped, rule evaluated and Alertmanager found", func() error {
		for _, look := range []func() error{s.scraped, s.evaluated, s.found} {
			if err := look(); err != nil {
				return err
			}
		}
		return nil
	})
}

// Await waits until look returns no error, and otherwise ends the test with the last one.
func (s *Server) Await(t testing.TB, what string, look func() error) {
	t.Helper()
	for limit := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := look()
		if err == nil {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%s, not within %s: %s: %v", s.program.Name, patience, what, err)
		}
	}
}

// Get reads the JSON that the server answers to GET path into v.
func (s *Server) Get(path string, v any) error {
	resp, err := client.Get(s.URL + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	return nil
}

// Samples is how many series a Prometheus has for an expression now.
func (s *Server) Samples(query string) (int, error) {
	var answer struct {
		Data struct{ Result []json.RawMessage }
	}
	err := s.Get("/api/v1/query?query="+url.QueryEscape(query), &answer)
	return len(answer.Data.Result), err
}

func (s *Server) scraped() error {
	config, err := s.config()
	if err != nil {
		return err
	}
	var answer struct {
		Data struct {
			ActiveTargets []struct {
				ScrapePool, ScrapeURL string
				LastScrape            time.Time
			}
		}
	}
	if err := s.Get("/api/v1/targets", &answer); err != nil {
		return err
	}
	jobs := map[string]bool{}
	for _, target := range answer.Data.ActiveTargets {
		if jobs[target.ScrapePool] = true; target.LastScrape.IsZero() {
			return fmt.Errorf("%s was not scraped", target.ScrapeURL)
		}
	}
	if want := strings.Count(config, "job_name:"); len(jobs) < want {
		return fmt.Errorf("%d of %d jobs have targets", len(jobs), want)
	}
	return nil
}

// config is the configuration that a Prometheus has loaded, as YAML.
func (s *Server) config() (string, error) {
	var answer struct{ Data struct{ YAML string } }
	err := s.Get("/api/v1/status/config", &answer)
	return answer.Data.YAML, err
}

func (s *Server) evaluated() error {
	var answer struct {
		Data struct {
			Groups []struct {
				Name  string
				Rules []struct {
					Name           string
					LastEvaluation time.Time
				}
			}
		}
	}
	if err := s.Get("/api/v1/rules", &answer); err != nil {
		return err
	}
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			if r.LastEvaluation.IsZero() {
				return fmt.Errorf("rule %s of group %s was not evaluated", r.Name, g.Name)
			}
		}
	}
	return nil
}

func (s *Server) found() error {
	config, err := s.config()
	if err != nil {
		return err
	}
	var answer struct {
		Data struct{ ActiveAlertmanagers []json.RawMessage }
	}
	if err := s.Get("/api/v1/alertmanagers", &answer); err != nil {
		return err
	}
	if strings.Contains(config, "alertmanagers:") && len(answer.Data.ActiveAlertmanagers) == 0 {
		return errors.New("no Alertmanager is known yet")
	}
	return nil
}

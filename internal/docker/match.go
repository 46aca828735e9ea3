package docker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/failurefriday/friday/internal/match"
)

// Labels that Docker Compose gives its containers.
const (
	projectLabel = "com.docker.compose.project"
	serviceLabel = "com.docker.compose.service"
)

// Match selects containers; every field that is set must match, and at least one must be set, the engine aside.
type Match struct {
	Name    match.Pattern            `yaml:"name" json:"name,omitzero" doc:"name of the container"`
	ID      string                   `yaml:"id" json:"id,omitzero" pattern:"^[0-9a-f]{12,64}$" want:"12 to 64 digits and letters from a to f" doc:"id of the container, or its first 12 or more digits"`
	Labels  map[string]match.Pattern `yaml:"labels" json:"labels,omitempty" doc:"labels of the container, each with its value"`
	Image   match.Pattern            `yaml:"image" json:"image,omitzero" doc:"image that it was made from, as it was named then"`
	Project match.Pattern            `yaml:"project" json:"project,omitzero" doc:"Compose project that it belongs to"`
	Service match.Pattern            `yaml:"service" json:"service,omitzero" doc:"Compose service that it belongs to"`
	Engine  string                   `yaml:"engine" json:"engine,omitzero" doc:"address of the Docker engine, such as unix:///run/docker.sock; by default DOCKER_HOST, DOCKER_CONTEXT, or the context in use"`
}

// Fields names what a Match can ask for, for messages.
const Fields = "name, id, labels, image, project, service"

// Empty reports whether nothing is asked for, which selects nothing.
func (m Match) Empty() bool { return m.String() == "" }

// String is m for people: project shop, service web.
func (m Match) String() string {
	var parts []string
	add := func(p match.Pattern, key string) {
		if !p.Empty() {
			parts = append(parts, fmt.Sprintf("%s %v", key, p))
		}
	}
	add(m.Name, "name")
	if m.ID != "" {
		parts = append(parts, "id "+m.ID)
	}
	for _, key := range slices.Sorted(maps.Keys(m.Labels)) {
		parts = append(parts, fmt.Sprintf("label %s=%v", key, m.Labels[key]))
	}
	add(m.Image, "image")
	add(m.Project, "project")
	add(m.Service, "service")
	return strings.Join(parts, ", ")
}

// Fits reports whether the container is one of those that are meant.
func (m Match) Fits(c Container) bool {
	if m.Empty() || !strings.HasPrefix(c.ID, m.ID) || !m.Name.Match(c.Name) || !m.Image.Match(c.Image) {
		return false
	}
	for key, want := range m.Labels {
		if value, ok := c.Labels[key]; !ok || !want.Match(value) {
			return false
		}
	}
	return labelled(m.Project, c, projectLabel) && labelled(m.Service, c, serviceLabel)
}

func labelled(want match.Pattern, c Container, key string) bool {
	value, ok := c.Labels[key]
	return want.Empty() || ok && want.Match(value)
}

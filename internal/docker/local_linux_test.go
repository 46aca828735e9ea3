package docker

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/failurefriday/friday/internal/dockertest"
	"github.com/failurefriday/friday/internal/match"
	"github.com/failurefriday/friday/internal/proc"
)

// A pid that an engine tells is believed only if the process says that it belongs to the container.
func TestAStrangerIsNobodysMainProcess(t *testing.T) {
	here, elsewhere := Endpoint{Host: "unix:///run/docker.sock"}, Endpoint{Host: "tcp://192.0.2.7:2375"}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	stranger := Container{ID: strings.Repeat("ab", 32), PID: os.Getpid()}
	for name, c := range map[string]struct {
		container Container
		engine    Endpoint
		want      error
	}{
		"a stranger":            {stranger, here, nil},
		"an engine elsewhere":   {stranger, elsewhere, nil},
		"one that does not run": {Container{ID: stranger.ID}, here, nil},
		"one that has ended":    {Container{ID: stranger.ID, PID: dead.Process.Pid}, here, proc.ErrGone},
	} {
		if id, err := c.container.Process(c.engine); id != (proc.ID{}) || !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: got %v, %v, want nobody and %v", name, id, err, c.want)
		}
	}
}

func TestContainersOnThisHost(t *testing.T) {
	d, _ := real(t)
	tag := dockertest.Tag()
	labels := map[string]string{"tag": tag}
	runs := d.Run(t, dockertest.Options{Labels: labels})
	d.Create(t, dockertest.Options{Labels: labels}) // never started
	running, of, err := OnThisHost(t.Context(), Match{Engine: d.Host, Labels: map[string]match.Pattern{"tag": match.Must(tag)}})
	if err != nil || of != 2 || len(running) != 1 || running[0].ID != runs || running[0].Process.PID != d.ContainerPID(t, runs) {
		t.Errorf("got %+v of %d, %v", running, of, err)
	}
	if _, _, err := OnThisHost(t.Context(), Match{Engine: "tcp://127.0.0.1:1", ID: runs}); err == nil {
		t.Error("an engine that nobody can reach has answered")
	}
}

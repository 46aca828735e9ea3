package docker

import "github.com/failurefriday/friday/internal/proc"

// Process is the main process of the container on this host. It is zero if the container does not run, if its engine is
// elsewhere, or if Friday sees other pids than the engine does, as in a container of its own: the pid would mean a
// stranger. proc.ErrGone if it has just ended.
func (c Container) Process(e Endpoint) (proc.ID, error) {
	if c.PID == 0 || !e.Local() {
		return proc.ID{}, nil
	}
	id, err := proc.Identify(c.PID)
	if err != nil {
		return proc.ID{}, err
	}
	where, err := proc.SiteOf(id)
	if err != nil || where.Container != c.ID {
		return proc.ID{}, err
	}
	return id, nil
}

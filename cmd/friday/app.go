package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	attackskinds "github.com/failurefriday/friday/attacks/all"
	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/reports/publish"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify"
	verifykinds "github.com/failurefriday/friday/verify/all"
)

// app is the only door to the outside: arguments, environment, terminal. Everything below gets what it needs from here.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	args           []string

	scrub      secret.Scrubber
	configFile string
	stateDir   string
}

// main runs the command line and returns the exit code.
func (a *app) main() int {
	a.stdout, a.stderr = a.scrubbed(a.stdout), a.scrubbed(a.stderr)
	a.learnProxies()
	root := a.rootCommand()
	root.SetArgs(a.args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(context.Background())
	code := exitCode(err)
	var said *exitError
	if err != nil && (!errors.As(err, &said) || said.err != nil) {
		fmt.Fprintln(a.stderr, message(err))
	}
	return code
}

// learnProxies hides the logins of the proxies that net/http goes through: one that refuses may repeat them.
func (a *app) learnProxies() {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		text := a.getenv(name)
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		if u, err := url.Parse(text); err == nil && u.User != nil {
			password, _ := u.User.Password()
			a.scrub.LearnLogin(u.User.Username(), password)
		}
	}
}

// scrubbed keeps secrets off a stream. A terminal stays visible behind it: terminal() looks through.
func (a *app) scrubbed(w io.Writer) io.Writer {
	return scrubbedStream{a.scrub.Writer(w), w}
}

type scrubbedStream struct {
	io.Writer
	under io.Writer
}

// terminal returns the terminal behind a stream, if there is one.
func terminal(stream any) (*os.File, bool) {
	if s, ok := stream.(scrubbedStream); ok {
		stream = s.under
	}
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return f, true
}

// kinds are the lists of everything that a file may name.
func kinds() scenarios.Kinds {
	return scenarios.Kinds{Attacks: attackskinds.Kinds(), Probes: verifykinds.Probes(), Sources: verifykinds.Sources(), Notify: publish.Kinds()}
}

// env is what sources are built from.
func (a *app) env() verify.Env {
	return verify.Env{Getenv: a.getenv, Secrets: &a.scrub, UserAgent: "friday/" + version()}
}

// defaultConfigFile is read from the current folder if it is there.
const defaultConfigFile = "friday.yaml"

// config reads the configuration: the file that --config names, else friday.yaml here, else the built-in one.
func (a *app) config() (*scenarios.Config, error) {
	name := a.configFile
	if name == "" {
		name = defaultConfigFile
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist) && a.configFile == "":
		return scenarios.DefaultConfig(kinds())
	case err != nil:
		return nil, usage(fmt.Errorf("cannot read the configuration: %w", err))
	}
	conf, err := scenarios.LoadConfig(name, data, kinds())
	return conf, usage(err)
}

// state returns the state directory: --state, else what the configuration says, else the user's own.
func (a *app) state(conf *scenarios.Config) (string, error) {
	dir := a.stateDir
	if dir == "" && conf != nil {
		dir = conf.State
	}
	if dir == "" {
		base := a.getenv("XDG_STATE_HOME")
		if base == "" {
			home := a.getenv("HOME")
			if home == "" {
				return "", usage(errors.New("no state directory: neither --state, state: in friday.yaml, XDG_STATE_HOME nor HOME is set"))
			}
			base = filepath.Join(home, ".local", "state")
		}
		dir = filepath.Join(base, "friday")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", usage(fmt.Errorf("state directory %s: %w", dir, err))
	}
	return abs, nil
}

// configured is config and state in one, for the commands that need both.
func (a *app) configured() (*scenarios.Config, string, error) {
	conf, err := a.config()
	if err != nil {
		return nil, "", err
	}
	dir, err := a.state(conf)
	return conf, dir, err
}

func (a *app) println(cmd *cobra.Command, args ...any) { fmt.Fprintln(cmd.OutOrStdout(), args...) }

package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/scenarios"
	"github.com/failurefriday/friday/verify/inbox"
)

// inboxAddress is where the built-in configuration looks for the inbox.
const inboxAddress = "127.0.0.1:9911"

func (a *app) inboxCommand() *cobra.Command {
	var listen, file string
	var token secret.Ref
	cmd := &cobra.Command{
		Use:   "inbox",
		Short: "Run a small alerting system to page at: PagerDuty's APIs, and a page to look at",
		Long: `Inbox is to pages what a local mail catcher is to mail: a small alerting system with PagerDuty's Events API v2 and the
part of its REST API that Friday reads. Point any sender of PagerDuty events at it, and watch / in a browser. A service
is made for every routing key on its first use, unless the inbox file lists them.

It listens on loopback only, unless a token is set; then the REST API and the page ask for it.`,
		Example: `  friday inbox
  friday inbox --listen 127.0.0.1:9911 --file inbox.yaml
  curl -d '{"routing_key":"checkout","event_action":"trigger","payload":{"summary":"checkout is down","source":"web-1","severity":"critical"}}' \
    http://127.0.0.1:9911/v2/enqueue`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveInbox(cmd, listen, file, token) },
	}
	cmd.Flags().StringVar(&listen, "listen", inboxAddress, "`address` to listen on")
	cmd.Flags().StringVar(&file, "file", "", "inbox `file`: services, routing keys, policies, users")
	cmd.Flags().StringVar(&token.Env, "token-env", "", "environment `variable` that holds the token to ask for")
	cmd.Flags().StringVar(&token.File, "token-file", "", "`file` that holds the token to ask for")
	return cmd
}

func (a *app) serveInbox(cmd *cobra.Command, listen, file string, token secret.Ref) error {
	conf, err := inboxConfig(file)
	if err != nil {
		return usage(err)
	}
	if !token.IsZero() {
		conf.Token = token
	}
	server, err := inbox.New(conf, inbox.Env{Getenv: a.getenv, Secrets: &a.scrub, Log: slog.New(slog.NewTextHandler(a.stderr, nil))})
	if err != nil {
		return usage(err)
	}
	ln, err := server.Listen(listen)
	if err != nil {
		return usage(err)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintf(cmd.ErrOrStderr(), "inbox on http://%s  (events: /v2/enqueue, Ctrl-C ends it)\n", ln.Addr())
	return server.Serve(ctx, ln)
}

func inboxConfig(file string) (inbox.Config, error) {
	if file == "" {
		return inbox.DefaultConfig(), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return inbox.Config{}, fmt.Errorf("cannot read the inbox file: %w", err)
	}
	conf := inbox.DefaultConfig()
	return conf, scenarios.DecodeFile(file, data, &conf)
}

package main

import (
	"github.com/spf13/cobra"
)

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "friday",
		Short: "Break things on purpose and prove that somebody is paged",
		Long: `Friday is a Failure Friday runner. It breaks what a scenario file names, watches the alerting system until the
expected incident has fired within its deadline or has not, undoes everything, and reports the silent failures:
the page that never came, and the hop at which it was lost.

Start with "friday demo": it needs nothing and takes less than a minute.`,
		Example: `  friday demo                                see it work on toy services
  friday init                                write a first scenario and friday.yaml
  friday plan scenario.yaml                  look at everything, touch nothing
  friday run scenario.yaml                   break, watch, undo, judge, report
  friday report latest --format html         render a stored run again
  friday explain latest                      tell where each page was lost
  friday recover                             undo what a killed run left behind`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "configuration `file` (default friday.yaml here, if there is one)")
	root.PersistentFlags().StringVar(&a.stateDir, "state", "", "`folder` for journals and runs (default from the configuration, or ~/.local/state/friday)")
	root.AddGroup(
		&cobra.Group{ID: "write", Title: "Write scenarios:"},
		&cobra.Group{ID: "run", Title: "Run them:"},
		&cobra.Group{ID: "read", Title: "Read what came out:"},
		&cobra.Group{ID: "know", Title: "Know what there is:"},
	)
	a.group(root, "write", a.initCommand(), a.libraryCommand(), a.validateCommand(), a.schemaCommand(), a.lintCommand(), a.planCommand(), a.suggestCommand())
	a.group(root, "run", a.demoCommand(), a.runCommand(), a.haltCommand(), a.recoverCommand(), a.inboxCommand())
	a.group(root, "read", a.reportCommand(), a.explainCommand(), a.compareCommand(), a.coverageCommand(), a.runsCommand(), a.todoCommand(), a.metricsCommand(), a.siteCommand(), a.notifyCommand())
	a.group(root, "know", a.attacksCommand(), a.sourcesCommand(), a.docsCommand(), a.manCommand(), a.versionCommand())
	root.AddCommand(a.guardCommand(), a.toyCommand())
	return root
}

func (a *app) group(root *cobra.Command, id string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = id
		root.AddCommand(c)
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be friday: the scripts run it under that name, and it starts itself again as guard and as
// toy under whatever argv[0].
func TestMain(m *testing.M) {
	if exe, err := os.Executable(); err == nil && filepath.Base(exe) == "friday" {
		main()
	}
	testscript.Main(tidy{m}, map[string]func(){"friday": main})
}

// tidy runs the tests and takes the program away that they built.
type tidy struct{ *testing.M }

// Run is testing.M.Run.
func (t tidy) Run() int {
	code := runTests(t.M)
	if built != "" {
		_ = os.RemoveAll(built) // a folder in the temporary folder is no reason to fail
	}
	return code
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setUpScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":   cmdExits,
			"victim":  cmdVictim,
			"state":   cmdState,
			"slay":    cmdSlay,
			"inbox":   cmdInbox,
			"page":    cmdPage,
			"monitor": cmdMonitor,
			"await":   cmdAwait,
			"nowhere": cmdNowhere,
			"chat":    cmdChat,
		},
	})
}

// Package dockertest runs a Docker engine of its own for the tests of a package: nothing that other engines of this
// machine hold is seen or touched, and nothing is left when the test process ends, however it ends.
//
// A package that needs the engine says so in its TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(dockertest.Main(m)) }
//
// and asks for it where it is needed, in files that are for Linux only:
//
//	d := dockertest.Start(t)
//	id := d.Run(t, dockertest.Options{Name: "web", Labels: map[string]string{"tier": "front"}})
//
// The engine starts with the first test that asks, in about 0.3 s, and is shared by all tests of the process. Tests run
// in parallel: names carry a tag, and what a test makes goes with the test. Everything runs as root; where that cannot
// be, the test is left out with a reason, or fails if CI=true.
package dockertest

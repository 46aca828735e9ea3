package main

import (
	"testing"

	"github.com/failurefriday/friday/internal/dockertest"
)

// runTests ends the Docker engine of the tests, if one of them needed it.
func runTests(m *testing.M) int { return dockertest.Main(m) }

package container

import (
	"os"
	"testing"

	"github.com/failurefriday/friday/internal/dockertest"
)

func TestMain(m *testing.M) { os.Exit(dockertest.Main(m)) }

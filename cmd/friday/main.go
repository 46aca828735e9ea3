// Command friday breaks things on purpose, watches the alerting system, and tells the truth about what it saw.
package main

import (
	"os"
)

func main() {
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, args: os.Args[1:],
	}
	os.Exit(a.main())
}

// Package library holds the scenarios that are shipped with Friday, to run, to read and to copy.
package library

import (
	"embed"
	"io/fs"
	"strings"
)

// FS holds the files of the library, by path: demo/checkout-dies.yaml.
//
//go:embed demo/*.yaml container/*.yaml network/*.yaml
var FS embed.FS

// List returns the path in FS of every scenario, sorted.
func List() []string {
	var paths []string
	// Walking embedded files cannot fail, and the function below does not.
	_ = fs.WalkDir(FS, ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".yaml") {
			paths = append(paths, path)
		}
		return err
	})
	return paths
}

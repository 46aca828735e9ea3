// Package library holds the scenarios that are shipped with Friday, to run, to read and to copy.
package library

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// FS holds the files of the library, by path: demo/checkout-dies.yaml.
//
//go:embed demo/*.yaml container/*.yaml network/*.yaml silence
var FS embed.FS

// folder is the name of the scenario of those that are a folder, with configurations beside it.
const folder = "scenario.yaml"

// base is the folder, beside those of the scenarios, with the files that a configuration does not need to have itself.
const base = "base"

// List returns the path in FS of every scenario, sorted.
func List() []string {
	var paths []string
	for _, pattern := range []string{"*/*.yaml", "*/*/" + folder} {
		found, _ := fs.Glob(FS, pattern) // the patterns are good, and nothing else can fail
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	return paths
}

// Name is what a scenario is asked for by, made of its path: demo/checkout-dies, silence/sf-06-never-fires.
func Name(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(file, "/"+folder), ".yaml")
}

// Find returns the path in FS of a scenario by its name or its path.
func Find(name string) (file string, ok bool) {
	all := List()
	i := slices.IndexFunc(all, func(p string) bool { return p == name || Name(p) == name })
	if i < 0 {
		return "", false
	}
	return all[i], true
}

// readme, beside those folders, says how to try them.
const readme = "README.md"

// Files returns all that belongs to the scenario at a path, by path in a folder of its own: the scenario, how to try it,
// and its configurations, each with the shared files that it does not have itself, so that it is complete.
func Files(file string) (map[string]string, error) {
	if path.Base(file) != folder {
		text, err := FS.ReadFile(file)
		return map[string]string{path.Base(file): string(text)}, err
	}
	home := path.Dir(file)
	guide, err := FS.ReadFile(path.Join(path.Dir(home), readme))
	found := map[string]string{readme: string(guide)}
	errs := []error{err, take(found, "", home)}
	entries, err := FS.ReadDir(home)
	errs = append(errs, err)
	for _, e := range entries {
		if e.IsDir() {
			errs = append(errs, take(found, e.Name(), path.Join(path.Dir(home), base)), take(found, e.Name(), path.Join(home, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("the library lacks something: %w", err)
	}
	return found, nil
}

// take adds the files of a folder of FS, as files of the folder called as.
func take(found map[string]string, as, from string) error {
	entries, err := FS.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := FS.ReadFile(path.Join(from, e.Name()))
		if err != nil {
			return err
		}
		found[path.Join(as, e.Name())] = string(text)
	}
	return nil
}

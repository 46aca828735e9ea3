package main

import (
	"fmt"
	"slices"
	"strings"
)

// formats are those that a command writes, each with its name and a summary; the first is the one by default.
type formats [][2]string

// formatsOf lists the formats of a package that has a type of its own for them.
func formatsOf[F any](all []F, told func(F) (name, summary string)) formats {
	var f formats
	for _, one := range all {
		name, summary := told(one)
		f = append(f, [2]string{name, summary})
	}
	return f
}

// find is the place of a format in the list.
func (f formats) find(name string) (int, error) {
	i := slices.IndexFunc(f, func(one [2]string) bool { return one[0] == name })
	if i < 0 {
		return i, usage(fmt.Errorf("unknown format %q: want one of %s", name, f))
	}
	return i, nil
}

// String is the names, for messages and the help of a flag.
func (f formats) String() string {
	var names []string
	for _, one := range f {
		names = append(names, one[0])
	}
	return strings.Join(names, ", ")
}

// list is a line each, for help.
func (f formats) list() string {
	var lines []string
	for _, one := range f {
		lines = append(lines, fmt.Sprintf("  %-9s %s", one[0], one[1]))
	}
	return strings.Join(lines, "\n")
}

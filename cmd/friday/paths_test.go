package main

import "testing"

func TestOwnPathsOverSSH(t *testing.T) {
	for connection, want := range map[string]string{
		"192.0.2.9 50022 192.0.2.1 22":         "192.0.2.9:50022",
		"2001:db8::9 50022 2001:db8::1 2222":   "[2001:db8::9]:50022",
		"fe80::9%eth0 50022 fe80::1%eth0 2222": "[fe80::9]:50022",
		"":                                     "",
		"nonsense":                             "",
		"a b c d":                              "",
	} {
		a := &app{getenv: func(string) string { return connection }}
		paths := a.ownPaths()
		switch {
		case want == "" && len(paths) > 0:
			t.Errorf("%q: got %+v", connection, paths)
		case want != "" && (len(paths) != 1 || paths[0].Remote.String() != want || paths[0].Local == 0 || paths[0].What == ""):
			t.Errorf("%q: got %+v, want %s", connection, paths, want)
		}
	}
}

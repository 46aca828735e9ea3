package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Budgets: larger than this, and a thing wants to be two things.
const (
	fileLines     = 300
	functionLines = 60
	methods       = 4
)

func TestBudgets(t *testing.T) {
	for name, p := range packages(t) {
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(src), "\n"); n > fileLines {
				t.Errorf("%s/%s: %d lines, more than %d", name, file, n, fileLines)
			}
			fset := token.NewFileSet()
			tree, err := parser.ParseFile(fset, path, src, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tree.Decls {
				checkDecl(t, fset, name+"/"+file, name, d)
			}
		}
	}
}

func checkDecl(t *testing.T, fset *token.FileSet, file, pkgName string, d ast.Decl) {
	t.Helper()
	switch d := d.(type) {
	case *ast.FuncDecl:
		if n := fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1; n > functionLines {
			t.Errorf("%s: func %s has %d lines, more than %d", file, d.Name.Name, n, functionLines)
		}
		if d.Recv == nil && d.Name.Name == "init" {
			t.Errorf("%s: init registers behind the reader's back", file)
		}
		if d.Name.IsExported() && d.Doc == nil && pkgName != "cmd/friday" && exportedReceiver(d) {
			t.Errorf("%s: %s has no doc comment", file, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			checkType(t, file, pkgName, d, s)
		}
	}
}

func checkType(t *testing.T, file, pkgName string, d *ast.GenDecl, s ast.Spec) {
	t.Helper()
	ts, ok := s.(*ast.TypeSpec)
	if !ok {
		return
	}
	if ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil && pkgName != "cmd/friday" {
		t.Errorf("%s: type %s has no doc comment", file, ts.Name.Name)
	}
	if i, ok := ts.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > methods {
		t.Errorf("%s: interface %s has %d methods, more than %d", file, ts.Name.Name, i.Methods.NumFields(), methods)
	}
}

// exportedReceiver reports whether a method can be seen from outside at all.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

// doors are the only things that reach the outside world, and the only folder that may use them.
var doors = []string{"os.Exit(", "os.Args", "os.Getenv(", "os.Stdout", "os.Stderr", "os.Stdin", "fmt.Print(", "fmt.Printf(", "fmt.Println("}

// excused reads what the docker command reads, so that both talk to the same engine.
var excused = map[string]string{"internal/docker/endpoint.go": "os.Getenv("}

// forTests are the packages of tests alone, which read what a test process is given.
var forTests = []string{"internal/browser", "internal/dockertest", "internal/lab", "internal/maillab", "internal/icingalab", "internal/monitlab"}

func TestTheOutsideWorldComesInByOneDoor(t *testing.T) {
	for name, p := range packages(t) {
		if name == "cmd/friday" || slices.Contains(forTests, name) {
			continue
		}
		for _, file := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, door := range doors {
				if strings.Contains(string(src), door) && excused[name+"/"+file] != door {
					t.Errorf("%s/%s uses %s: only cmd/friday may", name, file, strings.TrimSuffix(door, "("))
				}
			}
		}
	}
}

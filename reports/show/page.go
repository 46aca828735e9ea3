package show

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
)

//go:embed templates
var templates embed.FS

// Page is an HTML page that needs nothing else: no script, and nothing that is loaded.
type Page struct {
	Title   string
	Heading string // the first heading
	Nav     []Link // to the other pages of a site
	Main    template.HTML
	Foot    template.HTML
}

// Link is one link of a page to another of its site.
type Link struct {
	Text, To string
	Here     bool // it is this page
}

// Write writes the page. It is light or dark as the reader's system is, and fit for phones and for print. Its own policy
// forbids browsers to load or run anything, whatever a title from outside may hold.
func (p Page) Write(w io.Writer) error {
	shell, err := template.ParseFS(templates, "templates/shell.html")
	if err != nil {
		return err
	}
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	err = shell.Execute(&out, struct {
		Page
		Policy string
		Style  template.CSS
	}{p, policy(style), template.CSS(style)}) //nolint:gosec // our own file
	if err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// policy allows this one style sheet and nothing else.
func policy(style []byte) string {
	sum := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// Part executes one template of a set and returns what it wrote.
func Part(set *template.Template, name string, data any) (template.HTML, error) {
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, name, data); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil //nolint:gosec // it was escaped when it was made
}

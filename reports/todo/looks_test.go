package todo_test

import (
	"bytes"
	"testing"

	"github.com/failurefriday/friday/internal/browser"
	"github.com/failurefriday/friday/reports/todo"
)

func TestThePageInABrowser(t *testing.T) {
	var page bytes.Buffer
	if err := todo.HTML(&page, all()); err != nil {
		t.Fatal(err)
	}
	browser.Check(t, "todo", page.Bytes())
}

package library_test

import (
	"slices"
	"testing"

	"github.com/failurefriday/friday/scenarios/library"
)

func TestListFindsEveryFile(t *testing.T) {
	t.Parallel()
	want := []string{"demo/checkout-dies.yaml", "demo/payments-dies.yaml", "demo/search-hangs.yaml"}
	if got := library.List(); !slices.Equal(got, want) {
		t.Errorf("the library is %v, want %v", got, want)
	}
}

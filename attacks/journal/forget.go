package journal

import (
	"errors"
	"os"

	"github.com/hashicorp/go-multierror"

	"github.com/failurefriday/friday/internal/several"
)

// Forget counts all that a run owes as settled, because somebody says that it is taken care of: a service that nobody
// brings back, a damaged line. It returns what was forgotten. A run that owes nothing is no error. The caller holds the
// lock.
func Forget(state, run string) ([]Debt, error) {
	a, err := read(state, run)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	// Damaged lines are what may have to be forgotten: they go into the folder of the run with the others.
	book, err := openBook(state, run)
	if err != nil {
		return nil, err
	}
	all := several.New()
	for _, d := range a.debts {
		all = multierror.Append(all, book.write(line{Verb: settled, ID: d.Entry.ID, Error: "forgotten on request"}, true))
	}
	all = multierror.Append(all, book.close())
	if all.ErrorOrNil() != nil {
		return nil, all.ErrorOrNil()
	}
	return a.debts, archive(state, run)
}

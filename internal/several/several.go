// Package several makes one error of several, told a line each.
package several

import (
	"errors"

	"github.com/hashicorp/go-multierror"
)

// Errors is nil if all errors are; otherwise it tells all of them. errors.Is and errors.As see each.
func Errors(errs ...error) error { return New(errs...).ErrorOrNil() }

// New begins a list to which multierror.Append adds; it ends with ErrorOrNil.
func New(errs ...error) *multierror.Error {
	return multierror.Append(&multierror.Error{ErrorFormat: lines}, errs...)
}

func lines(errs []error) string { return errors.Join(errs...).Error() }

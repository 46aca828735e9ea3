//go:build !linux

package proc

import (
	"context"
	"errors"
	"syscall"

	"github.com/failurefriday/friday/internal/site"
)

// errLinux is what everything here answers elsewhere.
var errLinux = errors.New("looking at processes needs Linux")

// Identify needs Linux.
func Identify(int) (ID, error) { return ID{}, errLinux }

// Alive needs Linux.
func (id ID) Alive() (bool, error) { return false, errLinux }

// Stopped needs Linux.
func (id ID) Stopped() (bool, error) { return false, errLinux }

// Signal needs Linux.
func (id ID) Signal(syscall.Signal) error { return errLinux }

// Wait needs Linux.
func (id ID) Wait(context.Context) error { return errLinux }

// Find needs Linux.
func Find(Match) ([]Info, error) { return nil, errLinux }

// Names needs Linux.
func Names() ([]string, error) { return nil, errLinux }

// Ports needs Linux.
func Ports() (map[int]bool, error) { return nil, errLinux }

// Absent says that nothing can be found here.
func Absent(Match) string { return errLinux.Error() }

// AnyWithEnv needs Linux.
func AnyWithEnv(string) (bool, error) { return false, errLinux }

// SiteOf needs Linux.
func SiteOf(ID) (site.Site, error) { return site.Site{}, errLinux }

// Self needs Linux.
func Self() (site.Site, error) { return site.Site{}, errLinux }

// NewProtected needs Linux; elsewhere nothing is attacked, so nothing needs protection.
func NewProtected([]Match) (*Protected, error) { return &Protected{}, nil }

// Reason is always empty here.
func (*Protected) Reason(int) string { return "" }

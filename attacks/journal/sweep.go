package journal

import (
	"context"
	"fmt"

	"github.com/hashicorp/go-multierror"

	"github.com/failurefriday/friday/attacks"
	"github.com/failurefriday/friday/internal/several"
)

// Sweep undoes what carries Friday's mark although no journal speaks of it. It returns a line for each thing it mended.
// Every kind is asked, whatever happens to the others; the error tells all that failed. The caller holds the lock.
func Sweep(ctx context.Context, kinds []attacks.Kind) ([]string, error) {
	var mended []string
	all := several.New()
	for _, k := range kinds {
		sweeper, ok := k.New().(attacks.Sweeper)
		if !ok {
			continue
		}
		lines, err := sweeper.Sweep(ctx)
		mended = append(mended, lines...)
		if err != nil {
			all = multierror.Append(all, fmt.Errorf("%s: %w", k.Name, err))
		}
	}
	return mended, all.ErrorOrNil()
}

// Package reconcile runs the work of a controller.
package reconcile

import (
	"context"
	"time"
)

// Loop works at once and whenever changes tells of one, until ctx is done.
// Work that returns an error is done again after retry, if nothing changes
// before.
func Loop(ctx context.Context, changes <-chan struct{}, retry time.Duration, work func(context.Context) error) {
	for {
		again := time.Duration(1<<63 - 1)
		if err := work(ctx); err != nil && ctx.Err() == nil {
			again = retry
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		case <-time.After(again):
		}
	}
}

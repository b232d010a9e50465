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

// AndEvery tells of changes, and of one each period besides, until ctx is done.
func AndEvery(ctx context.Context, period time.Duration, changes <-chan struct{}) <-chan struct{} {
	all := make(chan struct{}, 1)
	go func() {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-changes:
			case <-ticker.C:
			}
			select {
			case all <- struct{}{}:
			default:
			}
		}
	}()
	return all
}

package reconcile

import (
	"context"
	"testing"
	"time"
)

func TestAndEvery(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	changes := make(chan struct{})
	for name, all := range map[string]<-chan struct{}{
		"a period": AndEvery(ctx, time.Millisecond, nil),
		"a change": AndEvery(ctx, time.Hour, changes),
	} {
		if name == "a change" {
			changes <- struct{}{}
		}
		select {
		case <-all:
		case <-ctx.Done():
			t.Errorf("%s is not told of", name)
		}
	}
}

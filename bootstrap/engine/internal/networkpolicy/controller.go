package networkpolicy

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	listers "k8s.io/client-go/listers/networking/v1"
	"sigs.k8s.io/knftables"

	"orchestrator/engine/internal/reconcile"
)

// retry is when a failed update is tried again, if nothing changes before.
const retry = 5 * time.Second

// resync is after how long the rules are set up again although nothing has
// changed: something else may have flushed them, as nftables.service does.
const resync = time.Minute

// Controller keeps the rules of a node's pods up to date.
type Controller struct {
	// Node is the name of the node whose pods these are.
	Node       string
	Policies   listers.NetworkPolicyLister
	Pods       corelisters.PodLister
	Namespaces corelisters.NamespaceLister
}

// Run updates the rules whenever changes tells that a policy, pod or namespace
// has changed, until ctx is done. The rules stay when it ends, so that pods
// that run on are guarded on.
func (c *Controller) Run(ctx context.Context, changes <-chan struct{}) error {
	nft, err := knftables.New(knftables.IPv4Family, table)
	if err != nil {
		return fmt.Errorf("use nftables: %w", err)
	}
	last, checked := "", time.Now()
	reconcile.Loop(ctx, reconcile.AndEvery(ctx, resync, changes), retry, func(ctx context.Context) error {
		if time.Since(checked) >= resync/2 {
			last, checked = "", time.Now()
		}
		known, err := c.read()
		if err == nil {
			last, err = apply(ctx, nft, compile(c.Node, known), last)
		}
		if err != nil && ctx.Err() == nil {
			fmt.Printf("network policies: %v\n", err)
		}
		return err
	})
	return nil
}

func (c *Controller) read() (known state, err error) {
	if known.policies, err = c.Policies.List(labels.Everything()); err != nil {
		return known, err
	}
	if known.pods, err = c.Pods.List(labels.Everything()); err != nil {
		return known, err
	}
	known.namespaces, err = c.Namespaces.List(labels.Everything())
	return known, err
}

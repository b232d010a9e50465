package network

import (
	"context"
	"fmt"

	"sigs.k8s.io/knftables"

	"orchestrator/engine/internal/controlplane"
)

// Masquerade gives packets that leave the pod network the node's address, and
// sees to it that packets between pods are forwarded even where a firewall's
// policy is to drop (nft(8)). The rules are a table of our own, replaced as a
// whole in one transaction.
func Masquerade(ctx context.Context) error {
	nft, err := knftables.New(knftables.IPv4Family, "k3s-pods")
	if err != nil {
		return fmt.Errorf("use nftables: %w", err)
	}
	transaction := nft.NewTransaction()
	transaction.Add(&knftables.Table{Comment: knftables.PtrTo("address translation of pods, by k3s")})
	transaction.Flush(&knftables.Table{})
	transaction.Add(&knftables.Chain{
		Name:     "postrouting",
		Type:     knftables.PtrTo(knftables.NATType),
		Hook:     knftables.PtrTo(knftables.PostroutingHook),
		Priority: knftables.PtrTo(knftables.SNATPriority),
	})
	transaction.Add(&knftables.Rule{
		Chain: "postrouting",
		// Multicast has no way back to translate.
		Rule: knftables.Concat("ip saddr", controlplane.PodCIDR, "ip daddr != {", controlplane.PodCIDR, ", 224.0.0.0/4 }", "masquerade fully-random"),
	})
	if err := nft.Run(ctx, transaction); err != nil {
		return fmt.Errorf("set up the address translation of pods: %w", err)
	}
	return nil
}

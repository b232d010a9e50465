package networkpolicy

import (
	"context"
	"fmt"

	"sigs.k8s.io/knftables"
)

// table is ours alone, and replaced as a whole in one transaction: there is no
// moment at which a pod is open that is to be closed, or the other way round.
const table = "k3s-policies"

// transaction returns what makes the table that of the chains.
func transaction(nft knftables.Interface, chains []chain) *knftables.Transaction {
	result := nft.NewTransaction()
	result.Add(&knftables.Table{})
	result.Delete(&knftables.Table{})
	result.Add(&knftables.Table{Comment: knftables.PtrTo("NetworkPolicies, by k3s")})
	for _, direction := range []direction{egress, ingress} {
		result.Add(&knftables.Map{Name: direction.mapName, Type: "ipv4_addr : verdict"})
	}
	for _, chain := range chains {
		addChain(result, chain)
	}
	// Packets of pods to others and to the outside, and those from there to pods.
	addHook(result, "forward", knftables.ForwardHook, egress, ingress)
	// Packets of pods to this node: the API server's, where it runs here.
	addHook(result, "input", knftables.InputHook, egress)
	return result
}

func addChain(transaction *knftables.Transaction, chain chain) {
	name := chain.name()
	transaction.Add(&knftables.Chain{Name: name})
	// No policy keeps a pod from itself, which it may reach by a Service.
	transaction.Add(&knftables.Rule{Chain: name, Rule: knftables.Concat(chain.direction.peer, chain.pod, "return")})
	for _, match := range chain.allowed {
		transaction.Add(&knftables.Rule{Chain: name, Rule: knftables.Concat(match, "return")})
	}
	transaction.Add(&knftables.Rule{Chain: name, Rule: "drop"})
	transaction.Add(&knftables.Element{
		Map: chain.direction.mapName, Key: []string{chain.pod.String()}, Value: []string{"jump " + name},
	})
}

// addHook has packets judged in the given directions where the kernel passes
// them. Answers belong to what has been judged when it was opened.
func addHook(transaction *knftables.Transaction, name string, hook knftables.BaseChainHook, directions ...direction) {
	transaction.Add(&knftables.Chain{
		Name:     name,
		Type:     knftables.PtrTo(knftables.FilterType),
		Hook:     knftables.PtrTo(hook),
		Priority: knftables.PtrTo(knftables.FilterPriority),
	})
	transaction.Add(&knftables.Rule{Chain: name, Rule: "ct state established,related accept"})
	for _, direction := range directions {
		transaction.Add(&knftables.Rule{Chain: name, Rule: fmt.Sprintf("%s vmap @%s", direction.own, direction.mapName)})
	}
}

// apply replaces the table, unless that is what was done last, and returns
// what it has done.
func apply(ctx context.Context, nft knftables.Interface, chains []chain, last string) (string, error) {
	transaction := transaction(nft, chains)
	text := transaction.String()
	if text == last {
		return last, nil
	}
	if err := nft.Run(ctx, transaction); err != nil {
		return last, fmt.Errorf("set up the rules of network policies: %w", err)
	}
	return text, nil
}

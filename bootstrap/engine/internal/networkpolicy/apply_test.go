package networkpolicy

import (
	"strings"
	"testing"

	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/knftables"
)

func TestTheTableIsReplacedWhenTheRulesChange(t *testing.T) {
	fake := knftables.NewFake(knftables.IPv4Family, table)
	known := cluster()
	known.policies = []*networking.NetworkPolicy{
		policy(t, closed),
		policy(t, "podSelector: {matchLabels: {app: store}}\ningress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]"),
	}
	first, err := apply(t.Context(), fake, compile(node, known), "")
	if err != nil {
		t.Fatal(err)
	}
	dump := fake.Dump()
	for _, want := range []string{
		"add rule ip k3s-policies to-pods-10.42.0.3 ip saddr 10.42.0.3 return",
		"add rule ip k3s-policies from-pods-10.42.0.3 ip daddr 10.42.0.3 return",
		"add rule ip k3s-policies to-pods-10.42.0.3 ip saddr { 10.42.0.2, 10.42.1.2 } tcp dport 5432 return",
		"add rule ip k3s-policies to-pods-10.42.0.3 drop",
		"add element ip k3s-policies to-pods { 10.42.0.3 : jump to-pods-10.42.0.3 }",
		"add rule ip k3s-policies forward ct state established,related accept",
		"add rule ip k3s-policies forward ip saddr vmap @from-pods",
		"add rule ip k3s-policies input ip saddr vmap @from-pods",
	} {
		if !strings.Contains(dump, want+"\n") {
			t.Errorf("no %q in\n%s", want, dump)
		}
	}
	again, err := apply(t.Context(), fake, compile(node, known), first)
	if err != nil || again != first {
		t.Errorf("the same rules were set up again: %v", err)
	}
	if _, err := apply(t.Context(), fake, nil, first); err != nil {
		t.Fatal(err)
	}
	if dump := fake.Dump(); strings.Contains(dump, "10.42.0.3") {
		t.Errorf("a pod is closed still:\n%s", dump)
	}
}

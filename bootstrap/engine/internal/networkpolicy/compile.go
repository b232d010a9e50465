// Package networkpolicy enforces NetworkPolicies on the pods of a node, by
// nftables (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
//
// K3s has kube-router's controller for this, whose Go module package
// registries don't offer; its rules are followed here: what a pod of this node
// opens is judged where it leaves, what reaches one where it arrives, both
// with the addresses that Services are translated to; the node itself always
// reaches its own pods. What is not allowed is dropped, so that a client that
// is known a moment later gets through with its next try.
package networkpolicy

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// direction is one of the two that a policy may close.
type direction struct {
	kind networking.PolicyType
	// mapName is the nftables map of the pods that are closed in it.
	mapName string
	// peer matches the address of the other end, own that of the pod.
	peer, own string
}

var (
	egress  = direction{networking.PolicyTypeEgress, "from-pods", "ip daddr", "ip saddr"}
	ingress = direction{networking.PolicyTypeIngress, "to-pods", "ip saddr", "ip daddr"}
)

// chain is what one closed pod of this node is allowed, in one direction.
type chain struct {
	direction direction
	pod       netip.Addr
	// allowed are matches of nft(8); what none of them matches is dropped.
	allowed []string
}

func (c chain) name() string {
	return c.direction.mapName + "-" + c.pod.String()
}

// state is what the API server tells of the cluster.
type state struct {
	policies   []*networking.NetworkPolicy
	pods       []*corev1.Pod
	namespaces []*corev1.Namespace
}

// compile returns the chains of the named node's pods, sorted.
func compile(node string, known state) []chain {
	c := compiler{namespaces: map[string]labels.Set{}}
	for _, namespace := range known.namespaces {
		c.namespaces[namespace.Name] = namespace.Labels
	}
	for _, pod := range known.pods {
		if address, ok := addressOf(pod); ok {
			c.pods = append(c.pods, addressedPod{pod, address})
		}
	}
	slices.SortFunc(c.pods, func(a, b addressedPod) int { return a.address.Compare(b.address) })
	policies := slices.SortedFunc(slices.Values(known.policies), func(a, b *networking.NetworkPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	var chains []chain
	for _, pod := range c.pods {
		if pod.Spec.NodeName != node {
			continue
		}
		for _, direction := range []direction{egress, ingress} {
			if chain, closed := c.chain(pod, direction, policies); closed {
				chains = merge(chains, chain)
			}
		}
	}
	return chains
}

// merge adds a chain. After a machine's reboot two pods may have one address,
// until the kubelet has told the new one of the pod that had it before: for so
// long, what either is allowed is let through.
func merge(chains []chain, added chain) []chain {
	for i := range chains {
		if chains[i].name() == added.name() {
			chains[i].allowed = append(chains[i].allowed, added.allowed...)
			return chains
		}
	}
	return append(chains, added)
}

// addressedPod is a pod that runs and has an address of its own.
type addressedPod struct {
	*corev1.Pod
	address netip.Addr
}

// addressOf returns a pod's address. Pods in the node's own network are not
// subject to policies, and the address of one that has ended may be another's.
func addressOf(pod *corev1.Pod) (netip.Addr, bool) {
	if pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(pod.Status.PodIP)
	return address, err == nil && address.Is4()
}

type compiler struct {
	namespaces map[string]labels.Set
	pods       []addressedPod
}

// chain returns what a pod is allowed in a direction, and whether any policy
// closes that.
func (c *compiler) chain(pod addressedPod, direction direction, policies []*networking.NetworkPolicy) (chain, bool) {
	result := chain{direction: direction, pod: pod.address}
	closed := false
	for _, policy := range policies {
		if policy.Namespace != pod.Namespace || !closes(policy, direction) || !selects(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		closed = true
		for _, rule := range rulesOf(policy, direction) {
			result.allowed = append(result.allowed, c.matches(policy.Namespace, pod, direction, rule)...)
		}
	}
	return result, closed
}

// closes tells whether a policy is about a direction; one that doesn't say is
// about what reaches pods, and about what leaves them if it has rules for that.
func closes(policy *networking.NetworkPolicy, direction direction) bool {
	if len(policy.Spec.PolicyTypes) > 0 {
		return slices.Contains(policy.Spec.PolicyTypes, direction.kind)
	}
	return direction == ingress || len(policy.Spec.Egress) > 0
}

// rule is one of a policy, whatever its direction.
type rule struct {
	peers []networking.NetworkPolicyPeer
	ports []networking.NetworkPolicyPort
}

func rulesOf(policy *networking.NetworkPolicy, direction direction) []rule {
	var rules []rule
	if direction == ingress {
		for _, one := range policy.Spec.Ingress {
			rules = append(rules, rule{one.From, one.Ports})
		}
		return rules
	}
	for _, one := range policy.Spec.Egress {
		rules = append(rules, rule{one.To, one.Ports})
	}
	return rules
}

// selects tells whether a selector matches; one that is not valid, which the
// API server does not let through, matches nothing.
func selects(selector *metav1.LabelSelector, set map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}

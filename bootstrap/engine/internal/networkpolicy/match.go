package networkpolicy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// matches returns the nft(8) matches of a rule for a pod, any of which allows.
func (c *compiler) matches(namespace string, pod addressedPod, direction direction, rule rule) []string {
	// The container ports that names stand for are those of the pod that is
	// reached.
	var target *corev1.Pod
	if direction == ingress {
		target = pod.Pod
	}
	if len(rule.peers) == 0 {
		result := combine([]string{""}, portMatches(rule.ports, target))
		if direction == egress {
			result = append(result, c.namedPorts(rule.ports)...)
		}
		return result
	}
	var result []string
	peers := c.peers(namespace, rule.peers)
	if direction == egress && hasNames(rule.ports) {
		// A name may stand for another port in each pod.
		for _, peer := range peers {
			result = append(result, combine([]string{addressMatch(direction, peer.address)}, portMatches(rule.ports, peer.Pod))...)
		}
	} else if len(peers) > 0 {
		var addresses []netip.Addr
		for _, peer := range peers {
			addresses = append(addresses, peer.address)
		}
		result = combine([]string{addressMatch(direction, addresses...)}, portMatches(rule.ports, target))
	}
	for _, peer := range rule.peers {
		if peer.IPBlock != nil {
			result = append(result, combine(blockMatches(direction, peer.IPBlock), portMatches(rule.ports, target))...)
		}
	}
	return result
}

// namedPorts returns the matches of ports that are named, and asked for
// anywhere: at each pod, those that it calls so.
func (c *compiler) namedPorts(ports []networking.NetworkPolicyPort) []string {
	named := slices.DeleteFunc(slices.Clone(ports), func(port networking.NetworkPolicyPort) bool {
		return port.Port == nil || port.Port.Type != intstr.String
	})
	if len(named) == 0 {
		return nil
	}
	var result []string
	for _, pod := range c.pods {
		result = append(result, combine([]string{addressMatch(egress, pod.address)}, portMatches(named, pod.Pod))...)
	}
	return result
}

// peers returns the pods that any of the rule's selectors select.
func (c *compiler) peers(namespace string, peers []networking.NetworkPolicyPeer) []addressedPod {
	var result []addressedPod
	for _, pod := range c.pods {
		for i := range peers {
			if c.isPeer(namespace, &peers[i], pod) {
				result = append(result, pod)
				break
			}
		}
	}
	return result
}

func (c *compiler) isPeer(namespace string, peer *networking.NetworkPolicyPeer, pod addressedPod) bool {
	if peer.IPBlock != nil {
		return false
	}
	if peer.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, c.namespaces[pod.Namespace]) {
		return false
	}
	return peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)
}

func addressMatch(direction direction, addresses ...netip.Addr) string {
	return direction.peer + " " + setOf(addresses)
}

// blockMatches returns the match of a block of addresses; none of one of IPv6,
// which no pod here has.
func blockMatches(direction direction, block *networking.IPBlock) []string {
	cidr, err := netip.ParsePrefix(block.CIDR)
	if err != nil || !cidr.Addr().Is4() {
		return nil
	}
	var parts []string
	if cidr.Bits() > 0 {
		parts = append(parts, direction.peer+" "+cidr.Masked().String())
	}
	for _, except := range block.Except {
		if parsed, err := netip.ParsePrefix(except); err == nil && parsed.Addr().Is4() {
			parts = append(parts, direction.peer+" != "+parsed.Masked().String())
		}
	}
	return []string{strings.Join(parts, " ")}
}

func hasNames(ports []networking.NetworkPolicyPort) bool {
	for _, port := range ports {
		if port.Port != nil && port.Port.Type == intstr.String {
			return true
		}
	}
	return false
}

// portMatches returns the matches of a rule's ports; an empty one where it
// names none, and none for names that target, which may be nil, doesn't have.
func portMatches(ports []networking.NetworkPolicyPort, target *corev1.Pod) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var matches []string
	for _, port := range ports {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		name := strings.ToLower(string(protocol))
		switch {
		case port.Port == nil:
			matches = append(matches, "ip protocol "+name)
		case port.Port.Type == intstr.String:
			for _, number := range numbersOf(target, port.Port.StrVal, protocol) {
				matches = append(matches, fmt.Sprintf("%s dport %d", name, number))
			}
		case port.EndPort != nil:
			matches = append(matches, fmt.Sprintf("%s dport %d-%d", name, port.Port.IntVal, *port.EndPort))
		default:
			matches = append(matches, fmt.Sprintf("%s dport %d", name, port.Port.IntVal))
		}
	}
	return matches
}

func numbersOf(pod *corev1.Pod, name string, protocol corev1.Protocol) []int32 {
	if pod == nil {
		return nil
	}
	containers := slices.Clone(pod.Spec.Containers)
	for _, container := range pod.Spec.InitContainers {
		// A sidecar runs as long as the others.
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, container)
		}
	}
	var numbers []int32
	for _, container := range containers {
		for _, port := range container.Ports {
			if port.Name == name && (port.Protocol == protocol || port.Protocol == "" && protocol == corev1.ProtocolTCP) {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	return numbers
}

// combine returns every match of the first list with every one of the second.
func combine(one, other []string) []string {
	var result []string
	for _, first := range one {
		for _, second := range other {
			result = append(result, strings.TrimSpace(first+" "+second))
		}
	}
	return result
}

// setOf writes addresses as an anonymous set, each once.
func setOf(addresses []netip.Addr) string {
	seen := map[netip.Addr]bool{}
	var words []string
	for _, address := range addresses {
		if !seen[address] {
			seen[address] = true
			words = append(words, address.String())
		}
	}
	return "{ " + strings.Join(words, ", ") + " }"
}

// Package loadbalancer gives Services of type LoadBalancer the addresses of
// the nodes. kube-proxy answers on every address that a Service's status
// names, so no pod is needed for it.
package loadbalancer

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// excluded is the label of nodes that load balancers leave out (KEP-1143).
const excluded = "node.kubernetes.io/exclude-from-external-load-balancers"

// addresses returns the internal addresses of the nodes that are ready, sorted.
func addresses(nodes []*corev1.Node) []string {
	var result []string
	for _, node := range nodes {
		if _, leaveOut := node.Labels[excluded]; leaveOut || node.DeletionTimestamp != nil || !ready(node) {
			continue
		}
		for _, address := range node.Status.Addresses {
			if address.Type == corev1.NodeInternalIP {
				result = append(result, address.Address)
			}
		}
	}
	slices.Sort(result)
	return slices.Compact(result)
}

func ready(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// decision is what a Service's status should say.
type decision struct {
	service *corev1.Service
	ingress []corev1.LoadBalancerIngress
	// conflict tells why a load balancer gets no address, or is "".
	conflict string
}

// decide returns the decision for every Service that is or was ours. All
// Services share the nodes' addresses, so a port belongs to the oldest
// Service that asks for it; a later one waits without an address, as with
// K3s. Two Services on one address and port would make kube-proxy fail as a
// whole.
func decide(services []*corev1.Service, addresses []string) []decision {
	services = slices.Clone(services)
	slices.SortFunc(services, olderFirst)
	owners := map[string]*corev1.Service{}
	var decisions []decision
	for _, service := range services {
		if !ours(service) {
			if wasOurs(service) {
				decisions = append(decisions, decision{service: service})
			}
			continue
		}
		conflict := claim(service, owners)
		next := decision{service: service, conflict: conflict}
		if conflict == "" {
			next.ingress = ingress(addresses)
		}
		decisions = append(decisions, next)
	}
	return decisions
}

// ours tells whether a Service asks for a load balancer, and not for a
// particular other one.
func ours(service *corev1.Service) bool {
	return service.Spec.Type == corev1.ServiceTypeLoadBalancer &&
		service.Spec.LoadBalancerClass == nil && service.DeletionTimestamp == nil
}

// wasOurs tells whether a Service that asks for no load balancer still has
// addresses of one.
func wasOurs(service *corev1.Service) bool {
	return service.Spec.Type != corev1.ServiceTypeLoadBalancer && len(service.Status.LoadBalancer.Ingress) > 0
}

// claim takes the Service's ports, all or none, and returns why it can't.
func claim(service *corev1.Service, owners map[string]*corev1.Service) string {
	var ports, taken []string
	for _, port := range service.Spec.Ports {
		protocol := port.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		name := fmt.Sprintf("%d/%s", port.Port, protocol)
		ports = append(ports, name)
		if owner := owners[name]; owner != nil {
			taken = append(taken, fmt.Sprintf("port %s belongs to service %s/%s", name, owner.Namespace, owner.Name))
		}
	}
	if len(taken) > 0 {
		return strings.Join(taken, ", ")
	}
	for _, name := range ports {
		owners[name] = service
	}
	return ""
}

func ingress(addresses []string) []corev1.LoadBalancerIngress {
	mode := corev1.LoadBalancerIPModeVIP
	var result []corev1.LoadBalancerIngress
	for _, address := range addresses {
		result = append(result, corev1.LoadBalancerIngress{IP: address, IPMode: &mode})
	}
	return result
}

func olderFirst(a, b *corev1.Service) int {
	if order := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); order != 0 {
		return order
	}
	return strings.Compare(string(a.UID), string(b.UID))
}

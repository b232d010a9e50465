package loadbalancer

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(address string, ready corev1.ConditionStatus) *corev1.Node {
	return &corev1.Node{Status: corev1.NodeStatus{
		Addresses:  []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "name"}, {Type: corev1.NodeInternalIP, Address: address}},
		Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}},
	}}
}

func balancer(name string, age time.Duration, ports ...int32) *corev1.Service {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", CreationTimestamp: metav1.NewTime(time.Unix(1e9, 0).Add(-age))},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer},
	}
	for _, port := range ports {
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Port: port})
	}
	return service
}

func TestAddressesAreThoseOfReadyNodes(t *testing.T) {
	left := node("10.0.0.4", corev1.ConditionTrue)
	left.Labels = map[string]string{excluded: ""}
	nodes := []*corev1.Node{node("10.0.0.2", corev1.ConditionTrue), node("10.0.0.1", corev1.ConditionTrue), node("10.0.0.3", corev1.ConditionUnknown), left}
	if got := addresses(nodes); !slices.Equal(got, []string{"10.0.0.1", "10.0.0.2"}) {
		t.Errorf("got %v", got)
	}
}

func TestServiceGetsEveryAddress(t *testing.T) {
	decisions := decide([]*corev1.Service{balancer("a", 0, 80)}, []string{"10.0.0.1", "10.0.0.2"})
	if len(decisions) != 1 || len(decisions[0].ingress) != 2 || decisions[0].ingress[1].IP != "10.0.0.2" {
		t.Errorf("got %+v", decisions)
	}
}

func TestPortBelongsToTheOldestService(t *testing.T) {
	decisions := decide([]*corev1.Service{balancer("young", time.Hour, 443, 80), balancer("old", 2*time.Hour, 80), balancer("other", 0, 443)}, []string{"10.0.0.1"})
	got := map[string]decision{}
	for _, decision := range decisions {
		got[decision.service.Name] = decision
	}
	if len(got["old"].ingress) != 1 || len(got["other"].ingress) != 1 {
		t.Errorf("old or other has no address: %+v", got)
	}
	if len(got["young"].ingress) != 0 || got["young"].conflict != "port 80/TCP belongs to service default/old" {
		t.Errorf("young: %+v", got["young"])
	}
}

func TestOnePortOfTwoProtocolsIsNoConflict(t *testing.T) {
	udp := balancer("udp", 0, 53)
	udp.Spec.Ports[0].Protocol = corev1.ProtocolUDP
	for _, decision := range decide([]*corev1.Service{balancer("tcp", 0, 53), udp}, []string{"10.0.0.1"}) {
		if decision.conflict != "" {
			t.Errorf("%s: %s", decision.service.Name, decision.conflict)
		}
	}
}

func TestServiceThatIsNoLongerABalancerLosesItsAddress(t *testing.T) {
	service := balancer("former", 0, 80)
	service.Spec.Type = corev1.ServiceTypeClusterIP
	service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "10.0.0.1"}}
	decisions := decide([]*corev1.Service{service}, []string{"10.0.0.1"})
	if len(decisions) != 1 || decisions[0].ingress != nil {
		t.Errorf("got %+v", decisions)
	}
}

func TestBalancersOfOtherClassesAreLeftAlone(t *testing.T) {
	service, class := balancer("other", 0, 80), "example.org/other"
	service.Spec.LoadBalancerClass = &class
	if decisions := decide([]*corev1.Service{service}, []string{"10.0.0.1"}); len(decisions) != 0 {
		t.Errorf("got %+v", decisions)
	}
}

package network

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestRoutesLeadToOtherNodesPods(t *testing.T) {
	node := func(name, cidr, address string) *corev1.Node {
		return &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{PodCIDR: cidr},
			Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address}}},
		}
	}
	nodes := []*corev1.Node{
		node("self", "10.42.0.0/24", "10.0.0.1"), node("other", "10.42.1.0/24", "10.0.0.2"),
		node("without pods yet", "", "10.0.0.3"),
		{ObjectMeta: metav1.ObjectMeta{Name: "without address"}, Spec: corev1.NodeSpec{PodCIDR: "10.42.2.0/24"}},
	}
	want := map[string]string{"10.42.1.0/24": "10.0.0.2"}
	if got := wantedRoutes(nodes, "self"); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

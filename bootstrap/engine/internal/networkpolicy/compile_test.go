package networkpolicy

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const node = "here"

// pod returns one that runs here, with a container port `http` of its own.
func pod(namespace, app, address string, port int32) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: app + address, Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{NodeName: node, Containers: []corev1.Container{
			{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: port}}},
		}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: address},
	}
}

func elsewhere(pod *corev1.Pod) *corev1.Pod {
	pod.Spec.NodeName = "elsewhere"
	return pod
}

func policy(t *testing.T, spec string) *networking.NetworkPolicy {
	t.Helper()
	result := &networking.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "movies"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &result.Spec); err != nil {
		t.Fatal(err)
	}
	return result
}

// cluster has, here, a web pod and a store, elsewhere another web pod, and one
// in another namespace.
func cluster() state {
	return state{
		pods: []*corev1.Pod{
			pod("movies", "web", "10.42.0.2", 8080), pod("movies", "store", "10.42.0.3", 5432),
			elsewhere(pod("movies", "web", "10.42.1.2", 8081)), elsewhere(pod("other", "web", "10.42.1.3", 8080)),
		},
		namespaces: []*corev1.Namespace{
			{ObjectMeta: metav1.ObjectMeta{Name: "movies", Labels: map[string]string{"name": "movies"}}},
			{ObjectMeta: metav1.ObjectMeta{Name: "other", Labels: map[string]string{"name": "other"}}},
		},
	}
}

const closed = "podSelector: {}\npolicyTypes: [Ingress, Egress]"

func TestWhatNoPolicySelectsIsOpen(t *testing.T) {
	if chains := compile(node, cluster()); len(chains) > 0 {
		t.Errorf("got %+v", chains)
	}
	known := cluster()
	known.policies = []*networking.NetworkPolicy{policy(t, "podSelector: {matchLabels: {app: none}}")}
	if chains := compile(node, known); len(chains) > 0 {
		t.Errorf("got %+v", chains)
	}
}

func TestADefaultDenyClosesThePodsOfThisNode(t *testing.T) {
	known := cluster()
	known.policies = []*networking.NetworkPolicy{policy(t, closed)}
	var names []string
	for _, chain := range compile(node, known) {
		names = append(names, chain.name())
		if len(chain.allowed) > 0 {
			t.Errorf("%s allows %q", chain.name(), chain.allowed)
		}
	}
	want := []string{"from-pods-10.42.0.2", "to-pods-10.42.0.2", "from-pods-10.42.0.3", "to-pods-10.42.0.3"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestRulesAllow(t *testing.T) {
	for name, test := range map[string]struct {
		spec  string
		chain string
		want  []string
	}{
		"pods of the same namespace": {
			"podSelector: {matchLabels: {app: store}}\ningress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]",
			"to-pods-10.42.0.3", []string{"ip saddr { 10.42.0.2, 10.42.1.2 } tcp dport 5432"},
		},
		"pods of another namespace": {
			"podSelector: {matchLabels: {app: store}}\ningress: [{from: [{namespaceSelector: {matchLabels: {name: other}}, podSelector: {matchLabels: {app: web}}}], ports: [{port: 53, protocol: UDP}]}]",
			"to-pods-10.42.0.3", []string{"ip saddr { 10.42.1.3 } udp dport 53"},
		},
		"all pods of any namespace, at any port": {
			"podSelector: {matchLabels: {app: store}}\ningress: [{from: [{namespaceSelector: {}}]}]",
			"to-pods-10.42.0.3", []string{"ip saddr { 10.42.0.2, 10.42.0.3, 10.42.1.2, 10.42.1.3 }"},
		},
		"selectors that select nobody, and so nothing": {
			"podSelector: {matchLabels: {app: store}}\ningress: [{from: [{podSelector: {matchLabels: {app: none}}}]}]",
			"to-pods-10.42.0.3", nil,
		},
		"anybody at a port": {
			"podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: 3000}]}]",
			"to-pods-10.42.0.2", []string{"tcp dport 3000"},
		},
		"everything": {
			"podSelector: {matchLabels: {app: web}}\ningress: [{}]", "to-pods-10.42.0.2", []string{""},
		},
		"a name of the pod that is reached": {
			"podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: http}]}]",
			"to-pods-10.42.0.2", []string{"tcp dport 8080"},
		},
		"a name, in each pod that is asked": {
			"podSelector: {matchLabels: {app: store}}\npolicyTypes: [Egress]\negress: [{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: http}]}]",
			"from-pods-10.42.0.3", []string{"ip daddr { 10.42.0.2 } tcp dport 8080", "ip daddr { 10.42.1.2 } tcp dport 8081"},
		},
		"a name, in each pod of all, beside a number": {
			"podSelector: {matchLabels: {app: store}}\npolicyTypes: [Egress]\negress: [{ports: [{port: http}, {port: 53, protocol: UDP}]}]",
			"from-pods-10.42.0.3", []string{
				"udp dport 53", "ip daddr { 10.42.0.2 } tcp dport 8080", "ip daddr { 10.42.0.3 } tcp dport 5432",
				"ip daddr { 10.42.1.2 } tcp dport 8081", "ip daddr { 10.42.1.3 } tcp dport 8080",
			},
		},
		"a range of ports, and a whole protocol": {
			"podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: 1000, endPort: 2000}, {protocol: UDP}]}]",
			"to-pods-10.42.0.2", []string{"tcp dport 1000-2000", "ip protocol udp"},
		},
		"addresses, but for some": {
			"podSelector: {matchLabels: {app: web}}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.42.0.0/16, 10.43.0.0/16]}}, {ipBlock: {cidr: 192.168.56.10/32}}], ports: [{port: 443}, {port: 22}]}]",
			"from-pods-10.42.0.2", []string{
				"ip daddr != 10.42.0.0/16 ip daddr != 10.43.0.0/16 tcp dport 443", "ip daddr != 10.42.0.0/16 ip daddr != 10.43.0.0/16 tcp dport 22",
				"ip daddr 192.168.56.10/32 tcp dport 443", "ip daddr 192.168.56.10/32 tcp dport 22",
			},
		},
		"no address of IPv6": {
			"podSelector: {matchLabels: {app: web}}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: '::/0'}}]}]", "from-pods-10.42.0.2", nil,
		},
		"what leaves, where only rules for that say so": {
			"podSelector: {matchLabels: {app: web}}\negress: [{ports: [{port: 53}]}]", "from-pods-10.42.0.2", []string{"tcp dport 53"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			known := cluster()
			known.policies = []*networking.NetworkPolicy{policy(t, test.spec)}
			chains := compile(node, known)
			index := slices.IndexFunc(chains, func(c chain) bool { return c.name() == test.chain })
			if index < 0 {
				t.Fatalf("no chain %s in %+v", test.chain, chains)
			}
			if got := chains[index].allowed; !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestANameMayBeThatOfASidecar(t *testing.T) {
	known := cluster()
	always := corev1.ContainerRestartPolicyAlways
	known.pods[0].Spec.InitContainers = []corev1.Container{
		{RestartPolicy: &always, Ports: []corev1.ContainerPort{{Name: "figures", ContainerPort: 9090}}},
		{Ports: []corev1.ContainerPort{{Name: "figures", ContainerPort: 9091}}},
	}
	known.policies = []*networking.NetworkPolicy{
		policy(t, "podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: figures}]}]"),
	}
	chains := compile(node, known)
	if len(chains) != 1 || !slices.Equal(chains[0].allowed, []string{"tcp dport 9090"}) {
		t.Errorf("got %+v", chains)
	}
}

func TestPoliciesAddUp(t *testing.T) {
	known := cluster()
	known.policies = []*networking.NetworkPolicy{
		policy(t, closed),
		policy(t, "podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: 80}]}]"),
		policy(t, "podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: 81}]}]"),
	}
	for _, chain := range compile(node, known) {
		if chain.name() == "to-pods-10.42.0.2" && !slices.Equal(chain.allowed, []string{"tcp dport 80", "tcp dport 81"}) {
			t.Errorf("got %q", chain.allowed)
		}
	}
}

func TestPodsWithoutAnAddressOfTheirOwnCountForNothing(t *testing.T) {
	known := cluster()
	known.policies = []*networking.NetworkPolicy{policy(t, closed+"\ningress: [{from: [{podSelector: {}}]}]")}
	known.pods[0].Spec.HostNetwork = true
	known.pods[1].Status.Phase = corev1.PodSucceeded
	known.pods[2].Status.PodIP = ""
	if chains := compile(node, known); len(chains) > 0 {
		t.Errorf("got %+v", chains)
	}
}

func TestAnAddressThatTwoPodsHaveIsAllowedWhatEitherIs(t *testing.T) {
	known := cluster()
	known.pods = append(known.pods, pod("movies", "store", "10.42.0.2", 5432))
	known.policies = []*networking.NetworkPolicy{
		policy(t, "podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: 80}]}]"),
		policy(t, "podSelector: {matchLabels: {app: store}}\ningress: [{ports: [{port: 81}]}]"),
	}
	chains := slices.DeleteFunc(compile(node, known), func(c chain) bool { return c.name() != "to-pods-10.42.0.2" })
	if len(chains) != 1 || !slices.Equal(chains[0].allowed, []string{"tcp dport 80", "tcp dport 81"}) {
		t.Errorf("got %+v", chains)
	}
}

package controlplane

import (
	"net/netip"
	"slices"
	"testing"

	"orchestrator/engine/internal/settings"
)

func TestArgumentsOfTheUserHaveTheLastWord(t *testing.T) {
	cfg, err := Configuration(settings.Settings{
		NodeName: "master", TLSSANs: []string{"k3s.example"},
		ControllerManagerArgs: []string{"node-monitor-grace-period=20s", "profiling"},
	}, netip.MustParseAddr("192.168.56.10"))
	if err != nil {
		t.Fatal(err)
	}
	plane := &ControlPlane{config: cfg}
	manager, api := plane.Arguments()["kube-controller-manager"], plane.Arguments()["kube-apiserver"]
	for _, want := range []string{
		"--node-monitor-grace-period=20s", "--profiling=true", "--cluster-cidr=10.42.0.0/16",
		"--kubeconfig=/var/lib/rancher/k3s/server/cred/controller-manager.conf",
	} {
		if !slices.Contains(manager, want) {
			t.Errorf("kube-controller-manager has no %s: %v", want, manager)
		}
	}
	for _, want := range []string{
		"--advertise-address=192.168.56.10", "--service-cluster-ip-range=10.43.0.0/16",
		"--etcd-servers=unix:///var/lib/rancher/k3s/server/db/kine.sock",
	} {
		if !slices.Contains(api, want) {
			t.Errorf("kube-apiserver has no %s: %v", want, api)
		}
	}
	if slices.Contains(manager, "--profiling=false") {
		t.Error("the user's argument is given twice")
	}
}

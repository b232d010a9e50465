package node

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	componentbase "k8s.io/component-base/config/v1alpha1"
	"k8s.io/component-base/logs/api/v1"
	kubeproxy "k8s.io/kube-proxy/config/v1alpha1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"orchestrator/engine/internal/components"
	"orchestrator/engine/internal/controlplane"
	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/settings"
	"orchestrator/engine/internal/supervise"
)

// KubeProxy writes kube-proxy's configuration and returns how to run it from
// the given executable, with the kubelet's credentials (see
// controlplane.Bootstrap for why).
func KubeProxy(executable string, s settings.Settings) (supervise.Process, error) {
	text, err := yaml.Marshal(kubeProxyConfiguration(s))
	if err != nil {
		return supervise.Process{}, err
	}
	err = files.Replace(paths.KubeProxyConfig, text, 0o600)
	return supervise.Process{
		Name: components.KubeProxy, Path: executable,
		Args:        []string{components.KubeProxy, "--config=" + paths.KubeProxyConfig},
		StopTimeout: 2 * time.Second,
	}, err
}

func kubeProxyConfiguration(s settings.Settings) kubeproxy.KubeProxyConfiguration {
	return kubeproxy.KubeProxyConfiguration{
		TypeMeta:         metav1.TypeMeta{APIVersion: kubeproxy.SchemeGroupVersion.String(), Kind: "KubeProxyConfiguration"},
		ClientConnection: componentbase.ClientConnectionConfiguration{Kubeconfig: paths.KubeletKubeconfig},
		// nftables is the backend that kernels and distributions are moving to
		// (KEP-3866); the iptables one fails with iptables-nft 1.8.11.
		Mode:             "nftables",
		ClusterCIDR:      controlplane.PodCIDR,
		HostnameOverride: s.NodeName,
		// Zero leaves the host's limits alone: they belong to the kernel that
		// the machine shares if it is a container.
		Conntrack: kubeproxy.KubeProxyConntrackConfiguration{
			MaxPerCore:            ptr.To(int32(0)),
			TCPEstablishedTimeout: &metav1.Duration{},
			TCPCloseWaitTimeout:   &metav1.Duration{},
		},
		NFTables: kubeproxy.KubeProxyNFTablesConfiguration{
			// A changed Service works at once, but a burst of changes is one
			// transaction.
			MinSyncPeriod: metav1.Duration{Duration: 250 * time.Millisecond},
		},
		Logging: v1.LoggingConfiguration{Format: "text"},
	}
}

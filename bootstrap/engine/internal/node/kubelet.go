package node

import (
	"net/netip"
	"os"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/logs/api/v1"
	kubelet "k8s.io/kubelet/config/v1beta1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"orchestrator/engine/internal/components"
	"orchestrator/engine/internal/controlplane"
	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/settings"
	"orchestrator/engine/internal/supervise"
)

// Kubelet writes the kubelet's configuration and returns how to run it from
// the given executable.
func Kubelet(executable string, s settings.Settings, nodeIP netip.Addr) (supervise.Process, error) {
	for _, folder := range []string{paths.Kubelet, paths.KubeletSettings} {
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return supervise.Process{}, err
		}
	}
	resolvConf, err := podResolvConf()
	if err != nil {
		return supervise.Process{}, err
	}
	text, err := yaml.Marshal(kubeletConfiguration(resolvConf))
	if err != nil {
		return supervise.Process{}, err
	}
	if err := files.Replace(paths.KubeletConfig, text, 0o600); err != nil {
		return supervise.Process{}, err
	}
	args := []string{
		components.Kubelet,
		"--config=" + paths.KubeletConfig,
		"--config-dir=" + paths.KubeletSettings,
		"--bootstrap-kubeconfig=" + paths.BootstrapKubeconfig,
		"--kubeconfig=" + paths.KubeletKubeconfig,
		"--cert-dir=" + paths.AgentPKI,
		"--root-dir=" + paths.Kubelet,
		"--hostname-override=" + s.NodeName,
		"--node-ip=" + nodeIP.String(),
	}
	if len(s.NodeLabels) > 0 {
		args = append(args, "--node-labels="+strings.Join(s.NodeLabels, ","))
	}
	// The user's last: the last of several wins.
	for _, argument := range s.KubeletArgs {
		args = append(args, "--"+argument)
	}
	return supervise.Process{
		Name: components.Kubelet, Path: executable, Args: args, StopTimeout: 3 * time.Second,
	}, nil
}

// kubeletConfiguration differs from the kubelet's defaults where K3s does,
// and where a machine may be a container
// (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/).
func kubeletConfiguration(resolvConf string) kubelet.KubeletConfiguration {
	return kubelet.KubeletConfiguration{
		TypeMeta: metav1.TypeMeta{APIVersion: kubelet.SchemeGroupVersion.String(), Kind: "KubeletConfiguration"},
		Authentication: kubelet.KubeletAuthentication{
			Anonymous: kubelet.KubeletAnonymousAuthentication{Enabled: ptr.To(false)},
			Webhook:   kubelet.KubeletWebhookAuthentication{Enabled: ptr.To(true)},
			X509:      kubelet.KubeletX509Authentication{ClientCAFile: paths.AgentCA},
		},
		Authorization: kubelet.KubeletAuthorization{Mode: kubelet.KubeletAuthorizationModeWebhook},
		// Certificates from the cluster's CA, for clients and for serving, both
		// renewed before their end.
		RotateCertificates: true,
		ServerTLSBootstrap: true,

		ContainerRuntimeEndpoint: "unix://" + paths.ContainerdSock,
		CgroupDriver:             "cgroupfs",
		// Hosts with control groups of version 1 are few but there, below
		// containers in particular.
		FailCgroupV1: ptr.To(false),
		FailSwapOn:   ptr.To(false),
		// Lowering it takes a capability that a machine may lack; see
		// mayLowerOOMScore.
		OOMScoreAdj: ptr.To(int32(0)),

		// A kubelet that has just started may call its node not ready and look
		// again only after this time, by default ten seconds. Nothing is sent
		// where nothing has changed.
		NodeStatusUpdateFrequency: metav1.Duration{Duration: 2 * time.Second},
		NodeStatusReportFrequency: metav1.Duration{Duration: 5 * time.Minute},

		ClusterDNS:     []string{controlplane.ClusterDNS},
		ClusterDomain:  controlplane.ClusterDomain,
		ResolverConfig: ptr.To(resolvConf),
		// Room is short on a laptop: K3s's limits rather than the kubelet's 10
		// and 15 %.
		EvictionHard:           map[string]string{"imagefs.available": "5%", "nodefs.available": "5%"},
		EvictionMinimumReclaim: map[string]string{"imagefs.available": "10%", "nodefs.available": "10%"},
		SerializeImagePulls:    ptr.To(false),
		// Static pods are not part of the contract; an empty path stops the
		// kubelet from looking for them.
		StaticPodPath: "",
		Logging:       v1.LoggingConfiguration{Format: "text"},
	}
}

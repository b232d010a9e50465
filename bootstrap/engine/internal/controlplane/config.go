// Package controlplane prepares and describes the control plane of a server:
// certificates, credentials and arguments of its components, all by the
// packages of kubeadm, which know what the components of this version need
// (https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/).
package controlplane

import (
	"fmt"
	"net/netip"
	"strings"

	"k8s.io/component-base/version"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/config"

	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/settings"
)

// The cluster's networks, those of K3s.
const (
	APIPort       = 6443
	PodCIDR       = "10.42.0.0/16"
	ServiceCIDR   = "10.43.0.0/16"
	ClusterDNS    = "10.43.0.10"
	ClusterDomain = "cluster.local"
)

// Configuration describes the server in kubeadm's terms.
func Configuration(s settings.Settings, nodeIP netip.Addr) (*kubeadm.InitConfiguration, error) {
	cfg, err := config.DefaultedStaticInitConfiguration()
	if err != nil {
		return nil, fmt.Errorf("kubeadm's defaults: %w", err)
	}
	// "v1.36.3+packages" is this engine's version, v1.36.3 that of the images.
	cfg.KubernetesVersion, _, _ = strings.Cut(version.Get().GitVersion, "+")
	cfg.NodeRegistration.Name = s.NodeName
	cfg.LocalAPIEndpoint = kubeadm.APIEndpoint{AdvertiseAddress: nodeIP.String(), BindPort: APIPort}
	cfg.CertificatesDir = paths.ServerPKI
	cfg.Networking = kubeadm.Networking{PodSubnet: PodCIDR, ServiceSubnet: ServiceCIDR, DNSDomain: ClusterDomain}
	cfg.Etcd = kubeadm.Etcd{External: &kubeadm.ExternalEtcd{Endpoints: []string{"unix://" + paths.DatabaseSocket}}}
	// Elliptic curves, as K3s: keys are made in a millisecond rather than in
	// up to a second each.
	cfg.EncryptionAlgorithm = kubeadm.EncryptionAlgorithmECDSAP256
	cfg.APIServer.CertSANs = append([]string{"localhost", "127.0.0.1", nodeIP.String()}, s.TLSSANs...)
	apiServer := []string{
		// Kubelets' serving certificates are signed by the cluster's CA, see
		// package certificates.
		"kubelet-certificate-authority=" + paths.ServerPKI + "/" + constants.CACertName,
		"profiling=false",
	}
	if s.SecretsEncryption {
		apiServer = append(apiServer, "encryption-provider-config="+encryptionConfig)
	}
	cfg.APIServer.ExtraArgs = arguments(s.APIServerArgs, apiServer...)
	cfg.ControllerManager.ExtraArgs = arguments(s.ControllerManagerArgs, append(
		kubeconfigs(constants.ControllerManagerKubeConfigFileName),
		"leader-elect=false", "profiling=false")...)
	cfg.Scheduler.ExtraArgs = arguments(nil, append(
		kubeconfigs(constants.SchedulerKubeConfigFileName),
		"leader-elect=false", "profiling=false")...)
	return cfg, nil
}

// kubeconfigs are the arguments that name a component's credentials: kubeadm
// would have them under /etc/kubernetes. There is one server, so there is
// nobody to elect a leader among.
func kubeconfigs(name string) []string {
	path := paths.ServerCredentials + "/" + name
	return []string{"kubeconfig=" + path, "authentication-kubeconfig=" + path, "authorization-kubeconfig=" + path}
}

// arguments returns our arguments and the user's, who has the last word. An
// argument given several times by the user is passed on as often.
func arguments(users []string, ours ...string) []kubeadm.Arg {
	given := map[string]bool{}
	var result []kubeadm.Arg
	for _, argument := range users {
		name, value, found := strings.Cut(argument, "=")
		if !found {
			value = "true"
		}
		given[name] = true
		result = append(result, kubeadm.Arg{Name: name, Value: value})
	}
	for _, argument := range ours {
		if name, value, _ := strings.Cut(argument, "="); !given[name] {
			result = append(result, kubeadm.Arg{Name: name, Value: value})
		}
	}
	return result
}

package controlplane

import (
	"fmt"
	"net/netip"
	"os"

	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/certs"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/controlplane"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/kubeconfig"

	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/settings"
)

// ControlPlane is a prepared control plane: all its files exist.
type ControlPlane struct {
	config *kubeadm.InitConfiguration
}

// Prepare creates the certificates and credentials that are missing, and
// makes those anew that are near their end or no longer fit the settings.
func Prepare(s settings.Settings, nodeIP netip.Addr) (*ControlPlane, error) {
	for _, dir := range []string{paths.ServerPKI, paths.ServerCredentials} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	encrypts, err := prepareEncryption(encryptionConfig, s.SecretsEncryption)
	if err != nil {
		return nil, err
	}
	s.SecretsEncryption = encrypts
	cfg, err := Configuration(s, nodeIP)
	if err != nil {
		return nil, err
	}
	if err := removeUnfit(cfg); err != nil {
		return nil, fmt.Errorf("renew certificates: %w", err)
	}
	if err := certs.CreatePKIAssets(cfg); err != nil {
		return nil, fmt.Errorf("create certificates in %s: %w", paths.ServerPKI, err)
	}
	for _, name := range credentials {
		if err := kubeconfig.CreateKubeConfigFile(name, paths.ServerCredentials, cfg); err != nil {
			return nil, fmt.Errorf("create %s/%s: %w", paths.ServerCredentials, name, err)
		}
	}
	return &ControlPlane{config: cfg}, nil
}

// credentials are the kubeconfig files of the control plane.
var credentials = []string{
	constants.AdminKubeConfigFileName,
	constants.SuperAdminKubeConfigFileName,
	constants.ControllerManagerKubeConfigFileName,
	constants.SchedulerKubeConfigFileName,
}

// Arguments returns the arguments of kube-apiserver, kube-controller-manager
// and kube-scheduler, each by its name.
func (c *ControlPlane) Arguments() map[string][]string {
	specs := controlplane.GetStaticPodSpecs(&c.config.ClusterConfiguration, &c.config.LocalAPIEndpoint, nil)
	result := map[string][]string{}
	for name, pod := range specs {
		// The first word of the command is the component's name.
		result[name] = pod.Spec.Containers[0].Command[1:]
	}
	return result
}

// AdminKubeconfig is the path of a kubeconfig that may do everything, for the
// engine's own controllers.
func (c *ControlPlane) AdminKubeconfig() string {
	return paths.ServerCredentials + "/" + constants.SuperAdminKubeConfigFileName
}

// CAFile is the path of the cluster's CA certificate.
func (c *ControlPlane) CAFile() string {
	return paths.ServerPKI + "/" + constants.CACertName
}

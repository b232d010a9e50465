package controlplane

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/kubernetes/cmd/kubeadm/app/constants"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
)

// WriteUserKubeconfig writes the admin kubeconfig of K3s: everything in it is
// named "default", and its server is the local one, for whoever copies it to
// replace.
func (c *ControlPlane) WriteUserKubeconfig(mode fs.FileMode) error {
	config, err := clientcmd.LoadFromFile(filepath.Join(paths.ServerCredentials, constants.AdminKubeConfigFileName))
	if err != nil {
		return err
	}
	current := config.Contexts[config.CurrentContext]
	cluster, user := config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo]
	cluster.Server = fmt.Sprintf("https://127.0.0.1:%d", APIPort)
	text, err := clientcmd.Write(api.Config{
		Clusters:       map[string]*api.Cluster{"default": cluster},
		AuthInfos:      map[string]*api.AuthInfo{"default": user},
		Contexts:       map[string]*api.Context{"default": {Cluster: "default", AuthInfo: "default"}},
		CurrentContext: "default",
	})
	if err != nil {
		return err
	}
	return files.Replace(paths.AdminKubeconfig, text, mode)
}

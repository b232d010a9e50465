// Package paths names the files and folders of a node, those of K3s wherever
// K3s has them, so that whatever looks there finds the same things.
package paths

// Files and folders that users and programs may rely on.
const (
	Config          = "/etc/rancher/k3s/config.yaml"
	Registries      = "/etc/rancher/k3s/registries.yaml"
	AdminKubeconfig = "/etc/rancher/k3s/k3s.yaml"
	Data            = "/var/lib/rancher/k3s"
	Server          = Data + "/server"
	Manifests       = Server + "/manifests"
	Images          = Data + "/agent/images"
	NodeToken       = Server + "/node-token"
	ContainerdSock  = Run + "/containerd/containerd.sock"
	// KubeletSettings has files, *.conf, that are merged into the kubelet's
	// configuration in the order of their names.
	KubeletSettings = Data + "/agent/etc/kubelet.conf.d"
)

// Files and folders of the engine itself.
const (
	Run = "/run/k3s"

	// Payload has one folder for each version of the unpacked programs;
	// CurrentPayload points to the one in use.
	Payload        = Data + "/data"
	CurrentPayload = Payload + "/current"

	ServerPKI         = Server + "/tls"
	ServerCredentials = Server + "/cred"
	Database          = Server + "/db/state.db"
	DatabaseSocket    = Server + "/db/kine.sock"
	ServerToken       = Server + "/token"

	AgentConfig         = Data + "/agent/etc"
	AgentPKI            = Data + "/agent/pki"
	AgentCA             = Data + "/agent/client-ca.crt"
	BootstrapKubeconfig = Data + "/agent/bootstrap.kubeconfig"
	KubeletKubeconfig   = Data + "/agent/kubelet.kubeconfig"
	ContainerdRoot      = Data + "/agent/containerd"
	ContainerdState     = Run + "/containerd"
	ContainerdConfig    = AgentConfig + "/containerd/config.toml"
	ContainerdHosts     = AgentConfig + "/containerd/certs.d"
	CNIConfig           = AgentConfig + "/cni/net.d"
	KubeletConfig       = AgentConfig + "/kubelet.yaml"
	KubeProxyConfig     = AgentConfig + "/kube-proxy.yaml"
	PodResolvConf       = AgentConfig + "/resolv.conf"
	ImportedImages      = AgentConfig + "/imported-images.json"
	Kubelet             = "/var/lib/kubelet"
)

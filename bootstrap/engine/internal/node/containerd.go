// Package node is what makes a machine a node: the container runtime, the
// kubelet and kube-proxy with their configuration, and joining the cluster.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/containerd/containerd/v2/client"
	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/util/wait"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/registries"
	"orchestrator/engine/internal/supervise"
)

// PauseImage is the image of every pod's first container; packaged.Pause is
// its short name.
const PauseImage = "docker.io/rancher/mirrored-pause:3.6"

// containerdConfig follows containerd's docs/cri/config.md. The folders are
// those of K3s, so that a containerd of the machine's own is not in the way.
const containerdConfig = `# Written by k3s at every start.
version = 3
root = "%s"
state = "%s"

[grpc]
  address = "%s"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "%s"

[plugins."io.containerd.cri.v1.images".registry]
  config_path = "%s"
%s
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = %t

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["%s/bin"]
  conf_dir = "%s"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

# One manager of control groups on every kind of machine: a pod's groups are
# made as folders. Under systemd the service's Delegate=yes keeps the
# controllers enabled.
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  SystemdCgroup = false
`

// Containerd writes containerd's configuration and returns how to run it.
func Containerd() (supervise.Process, error) {
	mirrors, err := registries.Load(paths.Registries)
	if err != nil {
		return supervise.Process{}, err
	}
	config := fmt.Sprintf(containerdConfig, paths.ContainerdRoot, paths.ContainerdState,
		paths.ContainerdSock, PauseImage, paths.ContainerdHosts, mirrors.Credentials(), !mayLowerOOMScore(),
		paths.CurrentPayload, paths.CNIConfig)
	err = errors.Join(
		mirrors.WriteHosts(paths.ContainerdHosts),
		files.Replace(paths.ContainerdConfig, []byte(config), 0o600),
	)
	return supervise.Process{
		Name:        "containerd",
		Path:        paths.CurrentPayload + "/bin/containerd",
		Args:        []string{"--config", paths.ContainerdConfig},
		StopTimeout: 3 * time.Second,
	}, err
}

// ConnectContainerd waits until containerd answers.
func ConnectContainerd(ctx context.Context) (*client.Client, error) {
	const limit = time.Minute
	var connection *client.Client
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, limit, true, func(ctx context.Context) (bool, error) {
		// The client's own attempts are logged, each with a warning.
		socket, err := net.Dial("unix", paths.ContainerdSock)
		if last = err; err != nil {
			return false, nil
		}
		_ = socket.Close()
		connection, last = client.New(paths.ContainerdSock, client.WithDefaultNamespace("k8s.io"), client.WithTimeout(5*time.Second))
		if last != nil {
			return false, nil
		}
		if _, last = connection.Version(ctx); last != nil {
			_ = connection.Close()
		}
		return last == nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("containerd does not answer at %s within %v (its own messages say why): %w", paths.ContainerdSock, limit, last)
	}
	return connection, nil
}

// mayLowerOOMScore tells whether containers can be given an oom_score_adj
// below ours: without CAP_SYS_RESOURCE, as in some containers, the kernel
// refuses (proc_pid_oom_score_adj(5)).
func mayLowerOOMScore() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}

// Package settings reads a node's /etc/rancher/k3s/config.yaml: the keys of
// K3s that the engine supports, in the forms that K3s accepts
// (https://docs.k3s.io/installation/configuration#configuration-file).
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
)

// Role is what a node does: Server runs the control plane and pods, Agent
// runs pods only.
type Role string

// The two roles, by the names of K3s's subcommands.
const (
	Server Role = "server"
	Agent  Role = "agent"
)

// Settings are a node's settings, complete and valid.
type Settings struct {
	// Token is the secret that all nodes of a cluster share; empty on a
	// server that is to make one up.
	Token string
	// Server is the URL of the API that an agent joins, https://HOST:6443.
	Server string
	// NodeName is the Node object's name; the host's name if not set.
	NodeName string
	// NodeIP is the address at which other nodes reach this one; the zero
	// Addr if not set: the address of the default route is taken then.
	NodeIP netip.Addr
	// TLSSANs are further names and addresses of the API server's certificate.
	TLSSANs []string
	// Disable names packaged components that are not to run.
	Disable []string
	// NodeLabels are the labels, KEY=VALUE, that the node registers with.
	NodeLabels []string
	// KubeletArgs, ControllerManagerArgs and APIServerArgs are further
	// arguments of these components, NAME or NAME=VALUE, without dashes.
	KubeletArgs, ControllerManagerArgs, APIServerArgs []string
	// SecretsEncryption is whether Secrets are encrypted in the cluster's
	// database.
	SecretsEncryption bool
	// KubeconfigMode is the mode of the admin kubeconfig.
	KubeconfigMode fs.FileMode
}

// Load reads the settings of a node in the given role. A missing file counts
// as an empty one. All problems of the file are reported in one error, one a
// line.
func Load(path string, role Role) (Settings, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Settings{}, fmt.Errorf("read the node's settings: %w", err)
	}
	hostname, err := os.Hostname()
	if err != nil {
		return Settings{}, fmt.Errorf("find the host's name: %w", err)
	}
	settings, problems := parse(text, role, hostname)
	if len(problems) == 0 {
		return settings, nil
	}
	lines := []string{fmt.Sprintf("%s has %d problem(s); correct the file and start the service again:", path, len(problems))}
	for _, problem := range problems {
		lines = append(lines, "  "+problem)
	}
	return Settings{}, errors.New(strings.Join(lines, "\n"))
}

// Disables tells whether the named packaged component is not to run.
func (s Settings) Disables(component string) bool {
	for _, name := range s.Disable {
		if name == component {
			return true
		}
	}
	return false
}

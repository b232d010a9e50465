// Command k3s is a node's one program, as K3s is: it runs a server or an
// agent, carries every component in itself, and has kubectl and ctr.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"k8s.io/component-base/version"

	"orchestrator/engine/internal/components"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/payload"
	"orchestrator/engine/internal/run"
	"orchestrator/engine/internal/settings"
)

const usage = `k3s runs a node of a small Kubernetes cluster.

  k3s server          run the control plane and pods
  k3s agent           run pods, in the cluster of the server in the settings
  k3s kubectl ...     kubectl, on a server with the admin's rights
  k3s ctr ...         containerd's own client
  k3s --version       print the version

Settings are read from ` + paths.Config + `.
`

func main() {
	args := os.Args[1:]
	// Linked or copied under the name of a tool, it is that tool.
	if name := filepath.Base(os.Args[0]); name == "kubectl" || name == "ctr" {
		args = append([]string{name}, args...)
	}
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	os.Exit(dispatch(args[0], args[1:]))
}

func dispatch(command string, args []string) int {
	switch command {
	case string(settings.Server), string(settings.Agent):
		return node(settings.Role(command), args)
	case "ctr":
		return ctr(args)
	case components.Kubectl:
		useAdminKubeconfig()
	case "--version", "-v", "version":
		fmt.Printf("k3s version %s\n", version.Get().GitVersion)
		return 0
	case "--help", "-h", "help":
		fmt.Print(usage)
		return 0
	}
	code, known := components.Run(command, args)
	if !known {
		fmt.Fprintf(os.Stderr, "k3s has no command %q\n\n%s", command, usage)
		return 2
	}
	return code
}

func node(role settings.Role, args []string) int {
	if slices.ContainsFunc(args, func(a string) bool { return a == "--help" || a == "-h" }) {
		fmt.Print(usage)
		return 0
	}
	if len(args) > 0 {
		fmt.Fprintf(os.Stderr, "k3s %s takes no arguments, but was given %q; settings are read from %s\n", role, args, paths.Config)
		return 2
	}
	if err := run.Run(role); err != nil {
		fmt.Fprintf(os.Stderr, "k3s %s: %v\n", role, err)
		return 1
	}
	return 0
}

// useAdminKubeconfig lets kubectl use the admin's kubeconfig where the caller
// names none, and where there is one: on a server.
func useAdminKubeconfig() {
	if os.Getenv("KUBECONFIG") != "" {
		return
	}
	if _, err := os.Stat(paths.AdminKubeconfig); err == nil {
		_ = os.Setenv("KUBECONFIG", paths.AdminKubeconfig)
	}
}

// ctr becomes containerd's client, set to the node's containerd and to the
// namespace that pods live in.
func ctr(args []string) int {
	executable, err := os.Executable()
	if err == nil {
		_, err = payload.Unpack(executable, paths.Payload)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "k3s ctr: %v\n", err)
		return 1
	}
	for name, value := range map[string]string{"CONTAINERD_ADDRESS": paths.ContainerdSock, "CONTAINERD_NAMESPACE": "k8s.io"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
	program := paths.CurrentPayload + "/bin/ctr"
	err = syscall.Exec(program, append([]string{program}, args...), os.Environ())
	fmt.Fprintf(os.Stderr, "k3s ctr: run %s: %v\n", program, err)
	return 1
}

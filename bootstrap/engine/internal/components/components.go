// Package components holds the programs of Kubernetes that the k3s executable
// carries in itself. One executable for all of them compiles and links once,
// and its pages are shared by every component that runs from it.
package components

import (
	"context"
	"fmt"
	"os"
	_ "time/tzdata" // time zones of CronJobs, where the machine has no tzdata

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // credential plugins of kubectl
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // version metric
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubeproxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"orchestrator/engine/internal/store"
)

// Names of the components, as subcommands of the executable.
const (
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kubelet           = "kubelet"
	KubeProxy         = "kube-proxy"
	Kine              = "kine"
	Kubectl           = "kubectl"
)

// commands builds each component's command only when asked: constructing one
// registers flags and feature gates of its own.
var commands = map[string]func() *cobra.Command{
	APIServer:         apiserver.NewAPIServerCommand,
	ControllerManager: controllermanager.NewControllerManagerCommand,
	Scheduler:         func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	Kubelet:           func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	KubeProxy:         kubeproxy.NewProxyCommand,
}

// Run executes the named component with args and returns its exit code;
// known is false where no component has that name.
func Run(name string, args []string) (code int, known bool) {
	// Components read os.Args themselves (klog, kubectl's plugins).
	os.Args = append([]string{name}, args...)
	switch name {
	case Kubectl:
		return runKubectl(), true
	case Kine:
		return runKine(args), true
	}
	build, known := commands[name]
	if !known {
		return 0, false
	}
	return cli.Run(build()), true
}

func runKubectl() int {
	// As kubectl's main does: the verbosity counts while the command is built.
	if _, err := logs.GlogSetter(cmd.GetLogVerbosity(os.Args)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
	return 0
}

func runKine(args []string) int {
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kine SOCKET DATABASE")
		return 2
	}
	if err := store.Run(args[0], args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

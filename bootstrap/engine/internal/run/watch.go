package run

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"orchestrator/engine/internal/components"
	"orchestrator/engine/internal/network"
)

// longOutage is after how long without an API the kubelet and kube-proxy are
// started anew when it is back. They ask again after ever longer pauses, in the
// end after half a minute: so long the node would stay NotReady, and its rules
// for Services out of date.
const longOutage = 5 * time.Second

// startNetwork keeps routes to other nodes' pods, with the kubelet's
// credentials, which the client reads again when they are renewed.
func (r *runner) startNetwork(ctx context.Context, client kubernetes.Interface) error {
	own, err := network.NewNode(r.settings.NodeName, r.settings.NodeIP)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	changed := make(chan struct{}, 1)
	tellChanges(changed, nodes.Informer())
	if err := network.TellLinkChanges(ctx, changed); err != nil {
		return err
	}
	failed := make(chan struct{}, 1)
	err = nodes.Informer().SetWatchErrorHandlerWithContext(func(ctx context.Context, watch *cache.Reflector, err error) {
		if unknown := new(tls.CertificateVerificationError); errors.As(err, &unknown) && r.settings.Server != "" {
			// The server has been set up anew; a start finds out (checkCluster).
			fmt.Printf("the API server's certificate is not by the CA of this node's cluster: %v\n", err)
			os.Exit(1)
		}
		select {
		case failed <- struct{}{}:
		default:
		}
		cache.DefaultWatchErrorHandler(ctx, watch, err)
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	r.loop("outages", func() error { r.watchOutages(ctx, client, failed); return nil })
	r.loop("network", func() error {
		// Routes are left as they are until all nodes are known.
		factory.WaitForCacheSync(ctx.Done())
		own.Run(ctx, changed, func() ([]*corev1.Node, error) { return nodes.Lister().List(labels.Everything()) })
		return nil
	})
	return nil
}

// watchOutages starts kube-proxy and the kubelet anew after a long outage of
// the API. Rules stay, containers run on, and pods that are ready stay so.
func (r *runner) watchOutages(ctx context.Context, client kubernetes.Interface, failed <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-failed:
		}
		began := time.Now()
		if err := reachAPI(ctx, client); err != nil {
			return // ctx is done
		}
		outage := time.Since(began)
		if outage < longOutage {
			continue
		}
		fmt.Printf("the API is back after %v\n", outage.Round(time.Second))
		r.supervisor.Restart(components.KubeProxy)
		r.supervisor.Restart(components.Kubelet)
	}
}

// reachAPI waits until the API is ready, for as long as it takes.
func reachAPI(ctx context.Context, client kubernetes.Interface) error {
	return wait.PollUntilContextCancel(ctx, 500*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(attempt)
		return err == nil, nil
	})
}

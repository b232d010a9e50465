package run

import (
	"context"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"

	"orchestrator/engine/internal/networkpolicy"
)

// startPolicies keeps the rules by which network policies are enforced on the
// pods of this node. Until all of them are known, the rules are left as they
// are.
func (r *runner) startPolicies(ctx context.Context, client kubernetes.Interface) {
	factory := informers.NewSharedInformerFactory(client, 0)
	policies := factory.Networking().V1().NetworkPolicies()
	pods, namespaces := factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
	changed := changes(policies.Informer(), pods.Informer(), namespaces.Informer())
	controller := &networkpolicy.Controller{
		Node: r.settings.NodeName, Policies: policies.Lister(), Pods: pods.Lister(), Namespaces: namespaces.Lister(),
	}
	factory.Start(ctx.Done())
	r.loop("network policies", func() error {
		factory.WaitForCacheSync(ctx.Done())
		if ctx.Err() != nil {
			return nil
		}
		return controller.Run(ctx, changed)
	})
}

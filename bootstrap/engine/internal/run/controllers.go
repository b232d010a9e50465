package run

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	certificates "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"

	approval "orchestrator/engine/internal/certificates"
	"orchestrator/engine/internal/loadbalancer"
	"orchestrator/engine/internal/manifests"
	"orchestrator/engine/internal/paths"
)

// controlPlaneLabel marks the server's node, as K3s does. A kubelet may not
// set it on itself (NodeRestriction).
const controlPlaneLabel = "node-role.kubernetes.io/control-plane"

// startControllers starts the server's own controllers.
func (r *runner) startControllers(ctx context.Context, client kubernetes.Interface, config *rest.Config) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes, services := factory.Core().V1().Nodes(), factory.Core().V1().Services()
	requests := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTweakListOptions(func(options *metav1.ListOptions) {
		options.FieldSelector = "spec.signerName=" + certificates.KubeletServingSignerName
	}))
	signing := requests.Certificates().V1().CertificateSigningRequests()

	servicesChanged := changes(services.Informer(), nodes.Informer())
	requestsChanged := changes(signing.Informer(), nodes.Informer())
	nodesChanged := changes(nodes.Informer())
	for _, started := range []informers.SharedInformerFactory{factory, requests} {
		started.Start(ctx.Done())
		started.WaitForCacheSync(ctx.Done())
	}
	approver := &approval.Controller{Client: client, Requests: signing.Lister(), Nodes: nodes.Lister()}
	r.loop("certificates", func() error { approver.Run(ctx, requestsChanged); return nil })
	r.loop("node label", func() error { r.labelNode(ctx, client, nodesChanged); return nil })
	if !r.settings.Disables("servicelb") {
		balancer := &loadbalancer.Controller{
			Client: client, Services: services.Lister(), Nodes: nodes.Lister(),
			Events: eventRecorder(ctx, client),
		}
		r.loop("loadbalancer", func() error { balancer.Run(ctx, servicesChanged); return nil })
	}
	return r.startManifests(ctx, config)
}

// startManifests stages the packaged components and keeps all manifests applied.
func (r *runner) startManifests(ctx context.Context, config *rest.Config) error {
	if err := manifests.Stage(paths.CurrentPayload+"/manifests", paths.Manifests, r.settings.Disables); err != nil {
		return fmt.Errorf("stage the packaged components in %s: %w", paths.Manifests, err)
	}
	applier, err := manifests.NewApplier(config)
	if err != nil {
		return err
	}
	folder := &manifests.Folder{Path: paths.Manifests, Apply: applier.Apply}
	r.loop("manifests", func() error { return folder.Run(ctx) })
	r.loop("manifests", func() error { return manifests.DeleteWithdrawn(ctx, paths.Manifests, applier.Delete) })
	return nil
}

// labelNode keeps the label of the control plane on the server's node.
func (r *runner) labelNode(ctx context.Context, client kubernetes.Interface, changed <-chan struct{}) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]string{controlPlaneLabel: "true"}}})
	if err != nil {
		panic(err) // a map of strings can be encoded
	}
	for {
		// A patch that changes nothing is no write, and no new event. Until the
		// node has registered there is nothing to patch.
		_, err = client.CoreV1().Nodes().Patch(ctx, r.settings.NodeName, types.MergePatchType, patch, metav1.PatchOptions{})
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(10 * time.Second):
		}
	}
}

// changes returns a channel that tells, without queueing, that something in
// one of the informers has changed.
func changes(sources ...cache.SharedIndexInformer) <-chan struct{} {
	changed := make(chan struct{}, 1)
	tellChanges(changed, sources...)
	return changed
}

func tellChanges(changed chan<- struct{}, sources ...cache.SharedIndexInformer) {
	tell := func() {
		select {
		case changed <- struct{}{}:
		default: // told already
		}
	}
	for _, informer := range sources {
		// The only error is that of an informer that has been stopped.
		_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { tell() },
			UpdateFunc: func(any, any) { tell() },
			DeleteFunc: func(any) { tell() },
		})
	}
}

func eventRecorder(ctx context.Context, client kubernetes.Interface) record.EventRecorder {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: client.CoreV1().Events("")})
	context.AfterFunc(ctx, broadcaster.Shutdown)
	return broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "k3s-loadbalancer"})
}

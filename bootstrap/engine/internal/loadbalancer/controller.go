package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/record"

	"orchestrator/engine/internal/reconcile"
)

// retry is when a failed update is tried again, if nothing changes before.
const retry = 5 * time.Second

// Controller keeps the status of Services up to date.
type Controller struct {
	Client   kubernetes.Interface
	Services listers.ServiceLister
	Nodes    listers.NodeLister
	Events   record.EventRecorder
	// reported is the conflict last reported of a Service, so that it is said
	// once.
	reported map[string]string
}

// Run updates all Services whenever changes tells that a Service or Node has
// changed, until ctx is done.
func (c *Controller) Run(ctx context.Context, changes <-chan struct{}) {
	c.reported = map[string]string{}
	reconcile.Loop(ctx, changes, retry, func(ctx context.Context) error {
		err := c.update(ctx)
		if err != nil && ctx.Err() == nil {
			fmt.Printf("loadbalancer: %v\n", err)
		}
		return err
	})
}

func (c *Controller) update(ctx context.Context) error {
	services, err := c.Services.List(labels.Everything())
	if err != nil {
		return err
	}
	nodes, err := c.Nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	var problems []error
	for _, decision := range decide(services, addresses(nodes)) {
		c.report(decision)
		if equality.Semantic.DeepEqual(decision.service.Status.LoadBalancer.Ingress, decision.ingress) {
			continue
		}
		problems = append(problems, c.write(ctx, decision))
	}
	return errors.Join(problems...)
}

func (c *Controller) write(ctx context.Context, decision decision) error {
	service := decision.service.DeepCopy()
	service.Status.LoadBalancer.Ingress = decision.ingress
	_, err := c.Client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, service, metav1.UpdateOptions{})
	switch {
	case err == nil:
		fmt.Printf("loadbalancer: %s/%s answers at %d address(es)\n", service.Namespace, service.Name, len(decision.ingress))
		return nil
	case apierrors.IsNotFound(err), apierrors.IsConflict(err):
		return nil // it has changed meanwhile: that change comes through the watch
	}
	return fmt.Errorf("update the status of service %s/%s: %w", service.Namespace, service.Name, err)
}

// report tells the Service's owner why it waits for an address.
func (c *Controller) report(decision decision) {
	service := decision.service
	key := string(service.UID)
	if decision.conflict == "" {
		delete(c.reported, key)
		return
	}
	if c.reported[key] == decision.conflict {
		return
	}
	c.reported[key] = decision.conflict
	fmt.Printf("loadbalancer: %s/%s gets no address: %s\n", service.Namespace, service.Name, decision.conflict)
	c.Events.Event(service, corev1.EventTypeWarning, "PortTaken", decision.conflict)
}

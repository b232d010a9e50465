package certificates

import (
	"context"
	"errors"
	"fmt"
	"time"

	certificates "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/certificates/v1"

	"orchestrator/engine/internal/reconcile"
)

// retry is when a request that can't be decided yet is looked at again.
const retry = time.Second

// Controller approves requests as they come.
type Controller struct {
	Client   kubernetes.Interface
	Requests listers.CertificateSigningRequestLister
	Nodes    nodes
	// refused is what was last said of a request, so that it is said once.
	refused map[string]string
}

// Run decides on all open requests whenever changes tells of new ones, until
// ctx is done. A request that is refused stays open, for a person to decide.
func (c *Controller) Run(ctx context.Context, changes <-chan struct{}) {
	c.refused = map[string]string{}
	reconcile.Loop(ctx, changes, retry, c.decideAll)
}

// decideAll returns an error where it is worth trying again.
func (c *Controller) decideAll(ctx context.Context) error {
	requests, err := c.Requests.List(labels.Everything())
	if err != nil {
		return err
	}
	var again error
	for _, request := range requests {
		if !open(request) {
			continue
		}
		err := check(request, c.Nodes)
		if err == nil {
			err = c.approve(ctx, request)
		}
		if err == nil || apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			continue
		}
		if c.refused[request.Name] != err.Error() {
			c.refused[request.Name] = err.Error()
			fmt.Printf("certificates: %s of %s is not approved: %v\n", request.Name, request.Spec.Username, err)
		}
		if errors.Is(err, errNotYet) || apierrors.ReasonForError(err) != metav1.StatusReasonUnknown {
			again = err
		}
	}
	return again
}

func (c *Controller) approve(ctx context.Context, request *certificates.CertificateSigningRequest) error {
	request = request.DeepCopy()
	request.Status.Conditions = append(request.Status.Conditions, certificates.CertificateSigningRequestCondition{
		Type: certificates.CertificateApproved, Status: corev1.ConditionTrue,
		Reason: "NodeOwnsAddresses", Message: "The names and addresses asked for are the node's own.",
	})
	_, err := c.Client.CertificatesV1().CertificateSigningRequests().UpdateApproval(ctx, request.Name, request, metav1.UpdateOptions{})
	if err == nil {
		fmt.Printf("certificates: approved %s of %s\n", request.Name, request.Spec.Username)
	}
	return err
}

// Package certificates approves the requests by which kubelets get their
// serving certificates. Kubernetes signs those only after an approval and
// leaves that to whoever knows which addresses a node may have
// (https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation).
package certificates

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	certificates "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
)

// nodeUser begins the user name of a node's own credentials.
const nodeUser = "system:node:"

// errNotYet is returned where the node's addresses, which it reports about the
// time of its request, are not known yet.
var errNotYet = errors.New("the node has not reported its addresses yet")

// nodes returns a Node by its name.
type nodes interface {
	Get(name string) (*corev1.Node, error)
}

// check tells what is wrong with a request for a serving certificate: a node
// may ask for its own name and its own addresses only.
func check(request *certificates.CertificateSigningRequest, nodes nodes) error {
	name, isNode := strings.CutPrefix(request.Spec.Username, nodeUser)
	if !isNode || !slices.Contains(request.Spec.Groups, "system:nodes") {
		return fmt.Errorf("%s is not a node", request.Spec.Username)
	}
	block, _ := pem.Decode(request.Spec.Request)
	if block == nil {
		return errors.New("not a PEM file")
	}
	wanted, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return err
	}
	if wanted.Subject.CommonName != request.Spec.Username || !slices.Equal(wanted.Subject.Organization, []string{"system:nodes"}) {
		return fmt.Errorf("its subject %s is not the node", wanted.Subject)
	}
	if len(wanted.EmailAddresses)+len(wanted.URIs) > 0 {
		return errors.New("it asks for more than names and addresses")
	}
	node, err := nodes.Get(name)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotYet, err)
	}
	return within(wanted, node)
}

func within(wanted *x509.CertificateRequest, node *corev1.Node) error {
	own := map[string]bool{node.Name: true}
	for _, address := range node.Status.Addresses {
		own[address.Address] = true
	}
	if len(node.Status.Addresses) == 0 {
		return errNotYet
	}
	for _, name := range wanted.DNSNames {
		if !own[name] {
			return fmt.Errorf("%s is not a name of node %s", name, node.Name)
		}
	}
	for _, address := range wanted.IPAddresses {
		if !own[address.String()] {
			return fmt.Errorf("%s is not an address of node %s", address, node.Name)
		}
	}
	return nil
}

// open tells whether nobody has decided on the request yet.
func open(request *certificates.CertificateSigningRequest) bool {
	return len(request.Status.Conditions) == 0 && request.Spec.SignerName == certificates.KubeletServingSignerName
}

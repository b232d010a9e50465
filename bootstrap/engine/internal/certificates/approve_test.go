package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"net"
	"testing"

	certificates "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type knownNodes map[string][]string

func (k knownNodes) Get(name string) (*corev1.Node, error) {
	addresses, known := k[name]
	if !known {
		return nil, errors.New("not found")
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, address := range addresses {
		node.Status.Addresses = append(node.Status.Addresses, corev1.NodeAddress{Address: address})
	}
	return node, nil
}

// request is what the user asks for, for the named subject.
func request(t *testing.T, user, subject string, names []string, addresses ...string) *certificates.CertificateSigningRequest {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: subject, Organization: []string{"system:nodes"}}, DNSNames: names}
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return &certificates.CertificateSigningRequest{Spec: certificates.CertificateSigningRequestSpec{
		SignerName: certificates.KubeletServingSignerName, Username: user, Groups: []string{"system:nodes", "system:authenticated"},
		Request: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
	}}
}

func TestNodeGetsItsOwnNamesAndAddressesOnly(t *testing.T) {
	nodes := knownNodes{"a": {"a", "10.0.0.1"}, "b": {"b", "10.0.0.2"}, "new": nil}
	const a = "system:node:a"
	for name, test := range map[string]struct {
		request *certificates.CertificateSigningRequest
		allowed bool
		later   bool
	}{
		"its own":                {request(t, a, a, []string{"a"}, "10.0.0.1"), true, false},
		"another's address":      {request(t, a, a, []string{"a"}, "10.0.0.2"), false, false},
		"another's name":         {request(t, a, a, []string{"b"}, "10.0.0.1"), false, false},
		"the API's name":         {request(t, a, a, []string{"kubernetes"}), false, false},
		"another's subject":      {request(t, a, "system:node:b", []string{"b"}, "10.0.0.2"), false, false},
		"by no node":             {request(t, "system:serviceaccount:x:a", a, []string{"a"}), false, false},
		"addresses not reported": {request(t, "system:node:new", "system:node:new", []string{"new"}), false, true},
		"node not registered":    {request(t, "system:node:gone", "system:node:gone", []string{"gone"}), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(test.request, nodes)
			if (err == nil) != test.allowed || errors.Is(err, errNotYet) != test.later {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDecidedRequestsAreLeftAlone(t *testing.T) {
	decided := request(t, "system:node:a", "system:node:a", nil)
	decided.Status.Conditions = []certificates.CertificateSigningRequestCondition{{Type: certificates.CertificateDenied}}
	if open(decided) {
		t.Error("it counts as open")
	}
}

package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	bootstrap "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	discovery "k8s.io/kubernetes/cmd/kubeadm/app/discovery/token"
	bootstrapcert "k8s.io/kubernetes/pkg/kubelet/certificate/bootstrap"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
)

// ErrOtherCluster is returned where the server that a node joined has become
// another cluster's: its CA is not the one that the node knows.
var ErrOtherCluster = errors.New("the server belongs to another cluster than the one this node joined")

// attempt bounds one attempt to reach the server.
const attempt = 2 * time.Second

// Discover returns the CA of the cluster at server (HOST:PORT), proven by the
// signature that the server made with the token. It tries until ctx is done:
// an agent may be started before its server.
func Discover(ctx context.Context, server string, token *bootstrap.BootstrapTokenString) ([]byte, error) {
	request := &kubeadm.Discovery{BootstrapToken: &kubeadm.BootstrapTokenDiscovery{
		APIServerEndpoint: server,
		Token:             token.String(),
		// There is no pin to check: the signature vouches for the CA, which
		// only holders of the token can make.
		UnsafeSkipCAVerification: true,
	}}
	var said string
	for {
		ca, err := discoverOnce(request)
		if err == nil {
			return ca, nil
		}
		if message := err.Error(); message != said {
			said = message
			fmt.Printf("waiting for the server at %s: %s\n", server, message)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("join the cluster at %s: %w", server, err)
		case <-time.After(time.Second):
		}
	}
}

func discoverOnce(request *kubeadm.Discovery) ([]byte, error) {
	config, err := discovery.RetrieveValidatedConfigInfo(nil, request, attempt)
	if err != nil && strings.Contains(err.Error(), "JWS") {
		return nil, fmt.Errorf("%w; unless the server has only just started, the token in %s is not the server's", err, paths.Config)
	}
	if err != nil {
		return nil, err
	}
	for _, cluster := range config.Clusters {
		return cluster.CertificateAuthorityData, nil
	}
	return nil, errors.New("the answer names no cluster")
}

// WriteCredentials writes the CA and the kubeconfig by which the kubelet asks
// for its certificate. server is the API's HOST:PORT.
func WriteCredentials(server string, ca []byte, token *bootstrap.BootstrapTokenString) error {
	text, err := clientcmd.Write(api.Config{
		Clusters:       map[string]*api.Cluster{"default": {Server: "https://" + server, CertificateAuthorityData: ca}},
		AuthInfos:      map[string]*api.AuthInfo{"default": {Token: token.String()}},
		Contexts:       map[string]*api.Context{"default": {Cluster: "default", AuthInfo: "default"}},
		CurrentContext: "default",
	})
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(paths.AgentPKI, 0o700),
		files.Replace(paths.AgentCA, ca, 0o644),
		files.Replace(paths.BootstrapKubeconfig, text, 0o600),
	)
}

// Joined tells whether the node has credentials of its own, under the given
// name, for server.
func Joined(server, nodeName string) bool {
	config, err := clientcmd.LoadFromFile(paths.KubeletKubeconfig)
	if err != nil || config.Contexts[config.CurrentContext] == nil {
		return false
	}
	cluster := config.Clusters[config.Contexts[config.CurrentContext].Cluster]
	if cluster == nil || cluster.Server != "https://"+server {
		return false
	}
	// The kubeconfig may be there before the certificate that it refers to.
	certificates, err := cert.CertsFromFile(filepath.Join(paths.AgentPKI, "kubelet-client-current.pem"))
	return err == nil && certificates[0].Subject.CommonName == "system:node:"+nodeName
}

// GetCertificate gets the node's client certificate by the join token, unless
// it has a valid one, and waits for it as long as it takes. The kubelet would
// do the same beside its other work; but what it asks the API for before it
// has a certificate is refused and asked for again only seconds later.
func GetCertificate(ctx context.Context, nodeName string) error {
	for {
		err := bootstrapcert.LoadClientCert(ctx, paths.KubeletKubeconfig, paths.BootstrapKubeconfig, paths.AgentPKI, types.NodeName(nodeName))
		if err == nil {
			return nil
		}
		fmt.Printf("waiting for the node's certificate: %v\n", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("get the node's certificate: %w", err)
		case <-time.After(time.Second):
		}
	}
}

// SameCluster tells whether the node's credentials are of the cluster with
// this CA.
func SameCluster(ca []byte) bool {
	known, err := os.ReadFile(paths.AgentCA)
	return err == nil && bytes.Equal(bytes.TrimSpace(known), bytes.TrimSpace(ca))
}

// Forget removes the node's credentials, so that it joins anew.
func Forget() error {
	for _, path := range []string{paths.KubeletKubeconfig, paths.BootstrapKubeconfig, paths.AgentCA, paths.AgentPKI} {
		if err := os.RemoveAll(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

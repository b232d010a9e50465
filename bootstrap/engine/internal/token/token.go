// Package token turns the cluster's token, which may be any string, into the
// bootstrap token by which nodes and the API server trust one another
// (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).
package token

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	bootstrap "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"
)

const (
	// rounds make guessing slow. The token's ID and the signatures made with
	// its secret are public, and a person may have chosen a short token.
	rounds = 100_000
	salt   = "orchestrator/engine bootstrap token"

	idLength     = 6
	secretLength = 16
	alphabet     = "abcdefghijklmnopqrstuvwxyz012345"
)

// Bootstrap derives the bootstrap token of a cluster's token; equal tokens
// give equal bootstrap tokens on every node.
func Bootstrap(token string) (*bootstrap.BootstrapTokenString, error) {
	key, err := pbkdf2.Key(sha256.New, token, []byte(salt), rounds, idLength+secretLength)
	if err != nil {
		return nil, fmt.Errorf("derive the bootstrap token: %w", err)
	}
	for i, b := range key {
		// 32 letters, so that each is as likely as the others.
		key[i] = alphabet[int(b)%len(alphabet)]
	}
	return &bootstrap.BootstrapTokenString{ID: string(key[:idLength]), Secret: string(key[idLength:])}, nil
}

// New makes up a token for a server that was given none.
func New() string {
	return rand.Text() + rand.Text()
}

package controlplane

import (
	"context"
	"fmt"

	rbac "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	bootstraptoken "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/bootstraptoken/clusterinfo"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/bootstraptoken/node"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/kubeconfig"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/apiclient"

	"orchestrator/engine/internal/paths"
)

// tokenDescription marks the join token, so that an old one is found when the
// cluster's token has changed.
const tokenDescription = "Join token of the cluster, derived from its token setting."

// Bootstrap puts into the ready API what nodes need to join with the token,
// and what the admin kubeconfig needs to be one. It can be repeated.
func (c *ControlPlane) Bootstrap(ctx context.Context, client kubernetes.Interface, token *bootstraptoken.BootstrapTokenString) error {
	admin, err := clientcmd.LoadFromFile(c.AdminKubeconfig())
	if err != nil {
		return err
	}
	steps := []struct {
		name string
		do   func() error
	}{
		{"make the admin kubeconfig an administrator's", func() error {
			_, err := kubeconfig.EnsureAdminClusterRoleBinding(paths.ServerCredentials, &c.config.LocalAPIEndpoint, nil)
			return err
		}},
		{"create the join token", func() error {
			return node.UpdateOrCreateTokens(client, false, []bootstraptoken.BootstrapToken{joinToken(token)})
		}},
		{"remove earlier join tokens", func() error { return removeOtherTokens(ctx, client, token.ID) }},
		{"let tokens read nodes", func() error { return node.AllowBootstrapTokensToGetNodes(client) }},
		{"let tokens ask for certificates", func() error { return node.AllowBootstrapTokensToPostCSRs(client) }},
		{"approve the requests of tokens", func() error { return node.AutoApproveNodeBootstrapTokens(client) }},
		{"approve the renewals of nodes", func() error { return node.AutoApproveNodeCertificateRotation(client) }},
		{"let the API server reach kubelets", func() error { return node.AllowAPIServerToAccessKubeletAPI(client) }},
		{"publish the cluster's CA", func() error { return clusterinfo.CreateBootstrapConfigMapIfNotExists(client, admin) }},
		{"let everybody read the cluster's CA", func() error { return clusterinfo.CreateClusterInfoRBACRules(client) }},
		{"let nodes route and proxy", func() error { return allowNodesToProxy(client) }},
		{"let nodes enforce network policies", func() error { return allowNodesToReadPolicies(client) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func joinToken(token *bootstraptoken.BootstrapTokenString) bootstraptoken.BootstrapToken {
	return bootstraptoken.BootstrapToken{
		Token:       token,
		Description: tokenDescription,
		Usages:      []string{"signing", "authentication"},
		Groups:      []string{"system:bootstrappers:kubeadm:default-node-token"},
	}
}

func removeOtherTokens(ctx context.Context, client kubernetes.Interface, id string) error {
	secrets := client.CoreV1().Secrets(metav1.NamespaceSystem)
	list, err := secrets.List(ctx, metav1.ListOptions{FieldSelector: "type=bootstrap.kubernetes.io/token"})
	if err != nil {
		return err
	}
	for _, secret := range list.Items {
		if string(secret.Data["token-id"]) == id || string(secret.Data["description"]) != tokenDescription {
			continue
		}
		if err := secrets.Delete(ctx, secret.Name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// allowNodesToProxy lets kube-proxy and the routes of a node work with the
// credentials of its kubelet, which are the node's own and rotate. The role is
// Kubernetes' own for kube-proxy: to read Services, EndpointSlices and Nodes.
// A node's credentials may read all Services and every Pod of its own anyway,
// so a stolen one tells little more than before; a second identity for each
// node would have to be issued, stored beside the first and rotated.
func allowNodesToProxy(client kubernetes.Interface) error {
	return apiclient.CreateOrUpdate(client.RbacV1().ClusterRoleBindings(), &rbac.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "k3s:node-proxier"},
		RoleRef:    rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "ClusterRole", Name: "system:node-proxier"},
		Subjects:   []rbac.Subject{{APIGroup: rbac.GroupName, Kind: rbac.GroupKind, Name: "system:nodes"}},
	})
}

// allowNodesToReadPolicies lets each node know which policies there are and
// which pods they are about, wherever those run. K3s gives the controller for
// this, which runs on every node, the same rights.
func allowNodesToReadPolicies(client kubernetes.Interface) error {
	const name = "k3s:network-policy-reader"
	verbs := []string{"get", "list", "watch"}
	role := &rbac.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules: []rbac.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"namespaces", "pods"}, Verbs: verbs},
			{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"networkpolicies"}, Verbs: verbs},
		},
	}
	if err := apiclient.CreateOrUpdate(client.RbacV1().ClusterRoles(), role); err != nil {
		return err
	}
	return apiclient.CreateOrUpdate(client.RbacV1().ClusterRoleBindings(), &rbac.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbac.Subject{{APIGroup: rbac.GroupName, Kind: rbac.GroupKind, Name: "system:nodes"}},
	})
}

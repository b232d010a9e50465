package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"

	"golang.org/x/sync/errgroup"
	bootstrap "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"

	"orchestrator/engine/internal/controlplane"
	"orchestrator/engine/internal/network"
	"orchestrator/engine/internal/node"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/token"
)

// agent joins the server's cluster and runs pods.
func (r *runner) agent(ctx context.Context) error {
	joinToken, err := token.Bootstrap(r.settings.Token)
	if err != nil {
		return err
	}
	server, err := apiAddress(r.settings.Server)
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.runtime(groupCtx) })
	group.Go(func() error { return r.join(groupCtx, server, joinToken) })
	if err := group.Wait(); err != nil {
		return err
	}
	r.loop("join", func() error { return r.checkCluster(ctx, server, joinToken) })
	return r.workers(ctx)
}

// apiAddress returns HOST:PORT of the server's URL.
func apiAddress(server string) (string, error) {
	parsed, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	port := parsed.Port()
	if port == "" {
		port = strconv.Itoa(controlplane.APIPort)
	}
	return net.JoinHostPort(parsed.Hostname(), port), nil
}

// join gets the node's credentials, if it has none for this server.
func (r *runner) join(ctx context.Context, server string, joinToken *bootstrap.BootstrapTokenString) error {
	if node.Joined(server, r.settings.NodeName) {
		return nil
	}
	ca, err := node.Discover(ctx, server, joinToken)
	if err != nil {
		return err
	}
	return errors.Join(node.Forget(), node.WriteCredentials(server, ca, joinToken))
}

// checkCluster finds out whether the server is still the one that the node
// joined. A node that has joined starts its pods without a server; where that
// has been set up anew meanwhile, its credentials are void.
func (r *runner) checkCluster(ctx context.Context, server string, joinToken *bootstrap.BootstrapTokenString) error {
	ca, err := node.Discover(ctx, server, joinToken)
	if err != nil || node.SameCluster(ca) {
		return nil // an error means that ctx is done
	}
	fmt.Printf("join: %v; joining anew\n", node.ErrOtherCluster)
	if err := node.Forget(); err != nil {
		return err
	}
	// Everything that runs has the old credentials; the service starts this
	// program again.
	os.Exit(1)
	return nil
}

// runtime starts containerd and returns once all images are imported. An
// image that can't be imported is reported and no reason to stop: pods that
// don't need it can run.
func (r *runner) runtime(ctx context.Context) error {
	process, err := node.Containerd()
	if err != nil {
		return fmt.Errorf("configure containerd: %w", err)
	}
	r.supervisor.Keep(stageRuntime, process)
	containerd, err := node.ConnectContainerd(ctx)
	if err != nil {
		return err
	}
	defer containerd.Close()
	if err := node.ImportImages(ctx, containerd); err != nil {
		fmt.Printf("images: %v\n", err)
	}
	return nil
}

// workers starts what makes the machine run pods, and returns when ctx is done.
func (r *runner) workers(ctx context.Context) error {
	if err := network.Masquerade(ctx); err != nil {
		return err
	}
	if upstream, needed := node.RelayTarget(); needed {
		if err := network.RelayDNS(ctx, upstream); err != nil {
			return err
		}
	}
	kubelet, err := node.Kubelet(r.executable, r.settings, r.settings.NodeIP)
	if err != nil {
		return fmt.Errorf("configure the kubelet: %w", err)
	}
	proxy, err := node.KubeProxy(r.executable, r.settings)
	if err != nil {
		return fmt.Errorf("configure kube-proxy: %w", err)
	}
	if err := node.GetCertificate(ctx, r.settings.NodeName); err != nil {
		return err
	}
	client, _, err := connect(paths.KubeletKubeconfig)
	if err != nil {
		return err
	}
	// Without an API there is nothing for them to do but to ask for it, after
	// ever longer pauses.
	if err := reachAPI(ctx, client); err != nil {
		return err
	}
	r.supervisor.Keep(stageWorkers, kubelet)
	r.supervisor.Keep(stageWorkers, proxy)
	if err := r.startNetwork(ctx, client); err != nil {
		return err
	}
	r.startPolicies(ctx, client)
	<-ctx.Done()
	return nil
}

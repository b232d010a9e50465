package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	bootstrap "k8s.io/kubernetes/cmd/kubeadm/app/apis/bootstraptoken/v1"

	"orchestrator/engine/internal/components"
	"orchestrator/engine/internal/controlplane"
	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/node"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/supervise"
	"orchestrator/engine/internal/token"
)

// apiTimeout bounds the wait for the API server at a start.
const apiTimeout = 2 * time.Minute

// server runs the control plane, and the node's own pods beside it.
func (r *runner) server(ctx context.Context) error {
	// Keys, the token and, in manifests, secrets: nobody else's business.
	if err := errors.Join(os.MkdirAll(paths.Server, 0o700), os.Chmod(paths.Server, 0o700)); err != nil {
		return err
	}
	joinToken, err := r.token()
	if err != nil {
		return err
	}
	plane, err := controlplane.Prepare(r.settings, r.settings.NodeIP)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(plane.CAFile())
	if err != nil {
		return err
	}
	// The server knows the CA: no need to ask itself for it.
	api := net.JoinHostPort(r.settings.NodeIP.String(), strconv.Itoa(controlplane.APIPort))
	if !node.SameCluster(ca) || !node.Joined(api, r.settings.NodeName) {
		if err := errors.Join(node.Forget(), node.WriteCredentials(api, ca, joinToken)); err != nil {
			return err
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		client, config, err := r.controlPlane(groupCtx, plane, joinToken)
		if err != nil {
			return err
		}
		// The controllers outlive this group, whose context ends with it.
		return r.startControllers(ctx, client, config)
	})
	group.Go(func() error { return r.runtime(groupCtx) })
	if err := group.Wait(); err != nil {
		return err
	}
	return r.workers(ctx)
}

// token returns the join token, from the settings or, where they have none,
// one that is made up once. As with K3s, it can be read from the node-token
// file.
func (r *runner) token() (*bootstrap.BootstrapTokenString, error) {
	if r.settings.Token == "" {
		text, err := os.ReadFile(paths.ServerToken)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = []byte(token.New()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the cluster's token: %w", err)
		}
		r.settings.Token = strings.TrimSpace(string(text))
	}
	for _, path := range []string{paths.ServerToken, paths.NodeToken} {
		if err := files.Replace(path, []byte(r.settings.Token+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write the cluster's token: %w", err)
		}
	}
	return token.Bootstrap(r.settings.Token)
}

// controlPlane starts the control plane and returns a client once the API is
// ready and holds what nodes need to join.
func (r *runner) controlPlane(ctx context.Context, plane *controlplane.ControlPlane, joinToken *bootstrap.BootstrapTokenString) (kubernetes.Interface, *rest.Config, error) {
	started := time.Now()
	arguments := plane.Arguments()
	r.supervisor.Keep(stageStore, supervise.Process{
		Name: components.Kine, Path: r.executable, StopTimeout: 3 * time.Second,
		Args: []string{components.Kine, paths.DatabaseSocket, paths.Database},
	})
	if err := waitForStore(ctx); err != nil {
		return nil, nil, err
	}
	r.component(stageAPI, components.APIServer, arguments)
	client, config, err := connect(plane.AdminKubeconfig())
	if err != nil {
		return nil, nil, err
	}
	if err := waitForAPI(ctx, client); err != nil {
		return nil, nil, err
	}
	fmt.Printf("the API is ready after %v\n", time.Since(started).Round(time.Millisecond))
	r.component(stageWorkers, components.ControllerManager, arguments)
	r.component(stageWorkers, components.Scheduler, arguments)
	if err := plane.Bootstrap(ctx, client, joinToken); err != nil {
		return nil, nil, err
	}
	if err := plane.WriteUserKubeconfig(r.settings.KubeconfigMode); err != nil {
		return nil, nil, fmt.Errorf("write %s: %w", paths.AdminKubeconfig, err)
	}
	return client, config, nil
}

func (r *runner) component(stage int, name string, arguments map[string][]string) {
	r.supervisor.Keep(stage, supervise.Process{
		Name: name, Path: r.executable, Args: append([]string{name}, arguments[name]...),
		// The API server would wait for its watchers to leave; all that it has
		// to put in order takes it a tenth of a second.
		StopTimeout: time.Second,
	})
}

// waitForStore waits until the database's socket is there, which spares the
// API server its first, slow retries.
func waitForStore(ctx context.Context) error {
	const limit = time.Minute
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, limit, true, func(context.Context) (bool, error) {
		connection, err := net.Dial("unix", paths.DatabaseSocket)
		if err != nil {
			return false, nil
		}
		return true, connection.Close()
	})
	if err != nil {
		return fmt.Errorf("the cluster database does not answer at %s within %v (kine's own messages say why): %w", paths.DatabaseSocket, limit, err)
	}
	return nil
}

func connect(kubeconfig string) (kubernetes.Interface, *rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	// The default of 5 requests a second is made for clients of shared clusters.
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	return client, config, err
}

func waitForAPI(ctx context.Context, client kubernetes.Interface) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, apiTimeout, true, func(ctx context.Context) (bool, error) {
		_, last = client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("the API server is not ready within %v (its own messages say why): %w", apiTimeout, last)
	}
	return nil
}

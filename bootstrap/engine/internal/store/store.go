// Package store is the cluster's database: kine, which speaks the etcd v3
// protocol, over one SQLite file. It is kine's own main reduced to that
// driver; kine's endpoint package would link five other databases as well.
package store

import (
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/k3s-io/kine/pkg/drivers"
	"github.com/k3s-io/kine/pkg/drivers/generic"
	"github.com/k3s-io/kine/pkg/drivers/sqlite"
	"github.com/k3s-io/kine/pkg/metrics"
	"github.com/k3s-io/kine/pkg/server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

const (
	// maxRequestBytes is etcd's default limit on a request, plus gRPC's overhead.
	maxRequestBytes = 1536*1024 + 512*1024
	// progressInterval is how often idle watches are told the revision; the
	// API server's watch cache needs it to answer consistent reads.
	progressInterval = 5 * time.Second
	// etcdVersion is the etcd that kine says it is: from 3.6 on the API server
	// relies on progress notifications.
	etcdVersion = "3.6.11"
	// stopTimeout bounds the wait for open watches at the end.
	stopTimeout = time.Second
)

// Run serves the database file on a unix socket until SIGTERM or SIGINT, then
// closes it cleanly. The socket exists once requests are served.
func Run(socket, database string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := os.MkdirAll(filepath.Dir(database), 0o700); err != nil {
		return err
	}
	driverCtx, closeDriver := context.WithCancel(context.Background())
	var pending sync.WaitGroup
	defer pending.Wait()
	defer closeDriver()

	backend, err := open(driverCtx, &pending, database)
	if err != nil {
		return fmt.Errorf("open the cluster database %s: %w", database, err)
	}
	return serve(ctx, backend, socket)
}

func open(ctx context.Context, pending *sync.WaitGroup, database string) (server.Backend, error) {
	_, backend, err := sqlite.New(ctx, pending, &drivers.Config{
		DataSourceName:       database + "?" + sqlite.DefaultParams,
		ConnectionPoolConfig: generic.ConnectionPoolConfig{MaxIdle: 20, MaxIdleTime: 2 * time.Minute},
		MetricsRegisterer:    metrics.Registry,
		CompactTimeout:       5 * time.Second,
		CompactMinRetain:     1000,
		CompactBatchSize:     1000,
		PollBatchSize:        500,
	})
	if err != nil {
		return nil, err
	}
	return backend, backend.Start(ctx)
}

func serve(ctx context.Context, backend server.Backend, socket string) error {
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	// No moment at which others could connect: the socket is born with 0600.
	previous := syscall.Umask(0o177)
	listener, err := net.Listen("unix", socket)
	syscall.Umask(previous)
	if err != nil {
		return err
	}
	grpcServer := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxRequestBytes),
		grpc.MaxSendMsgSize(math.MaxInt32),
		grpc.MaxConcurrentStreams(math.MaxUint32),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second}),
	)
	server.New(backend, "unix", progressInterval, etcdVersion).Register(grpcServer)
	context.AfterFunc(ctx, func() {
		time.AfterFunc(stopTimeout, grpcServer.Stop)
		grpcServer.GracefulStop()
	})
	return grpcServer.Serve(listener)
}

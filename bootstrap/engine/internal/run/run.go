// Package run is the story of a node: what `k3s server` and `k3s agent` do,
// in order, from reading the settings to stopping.
package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"orchestrator/engine/internal/network"
	"orchestrator/engine/internal/paths"
	"orchestrator/engine/internal/payload"
	"orchestrator/engine/internal/preflight"
	"orchestrator/engine/internal/settings"
	"orchestrator/engine/internal/supervise"
)

// Stages of processes. The highest is stopped first.
const (
	stageStore = iota
	stageAPI
	stageRuntime
	stageWorkers
)

// runner holds what all parts of a running node share.
type runner struct {
	settings   settings.Settings
	executable string
	supervisor *supervise.Supervisor
	// controllers counts the node's own loops, which end with the context.
	controllers sync.WaitGroup
}

// Run runs a node in the given role until SIGTERM or SIGINT, and returns why
// it could not be run, or nil after a clean stop. Containers keep running.
func Run(role settings.Role) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	node, err := prepare(role)
	if err != nil {
		return err
	}
	defer node.stop()
	if role == settings.Server {
		err = node.server(ctx)
	} else {
		err = node.agent(ctx)
	}
	if ctx.Err() != nil {
		fmt.Println("stopping; containers keep running")
		return nil
	}
	return err
}

// prepare checks everything that can be wrong before anything is started.
func prepare(role settings.Role) (*runner, error) {
	s, err := settings.Load(paths.Config, role)
	if err != nil {
		return nil, err
	}
	if !s.NodeIP.IsValid() {
		if s.NodeIP, err = network.NodeIP(); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(preflight.Check(), network.CheckNodeIP(s.NodeIP)); err != nil {
		return nil, err
	}
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if _, err := payload.Unpack(executable, paths.Payload); err != nil {
		return nil, err
	}
	if err := preflight.Prepare(); err != nil {
		return nil, err
	}
	if err := setEnvironment(); err != nil {
		return nil, err
	}
	fmt.Printf("node %s at %s is a %s\n", s.NodeName, s.NodeIP, role)
	return &runner{settings: s, executable: executable, supervisor: supervise.New(supervise.NewOutput(os.Stdout))}, nil
}

// setEnvironment sets what all components inherit.
func setEnvironment() error {
	return errors.Join(
		os.Setenv("PATH", paths.CurrentPayload+"/bin:"+os.Getenv("PATH")),
		// A server that has lost its power closes no connections. Clients notice
		// within ten seconds rather than 45 (k8s.io/apimachinery, util/net).
		os.Setenv("HTTP2_READ_IDLE_TIMEOUT_SECONDS", "5"),
		os.Setenv("HTTP2_PING_TIMEOUT_SECONDS", "5"),
	)
}

// loop runs a controller beside the others. What it returns is reported.
func (r *runner) loop(name string, do func() error) {
	r.controllers.Go(func() {
		if err := do(); err != nil {
			fmt.Printf("%s: %v\n", name, err)
		}
	})
}

func (r *runner) stop() {
	r.supervisor.Stop()
	r.controllers.Wait()
}

// Command pause is the first process of every pod: it holds the pod's
// namespaces open, reaps orphans where containers share a process namespace,
// and leaves at SIGTERM or SIGINT. It stands in for the C program of
// Kubernetes (build/pause/linux/pause.c), since a host that has Go need not
// have a C compiler.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// reap collects every child that has ended: several deaths may arrive as one
// SIGCHLD.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != nil || pid <= 0 {
			return
		}
	}
}

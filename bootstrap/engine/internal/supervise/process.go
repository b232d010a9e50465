// Package supervise runs the components of a node as child processes: it
// starts them again when they end, joins their output into one, and stops
// them in order.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Process is a child process to keep running.
type Process struct {
	// Name marks its lines in the output.
	Name string
	// Path and Args are its executable and arguments, the name not included.
	Path string
	Args []string
	// Env is added to the environment of the parent.
	Env []string
	// StopTimeout is how long it may take to end after SIGTERM.
	StopTimeout time.Duration
}

// The delay before a process is started again doubles from firstDelay to
// lastDelay, and begins anew once it has lived for steady.
const (
	firstDelay = 300 * time.Millisecond
	lastDelay  = 15 * time.Second
	steady     = time.Minute
)

// keep runs the process until ctx is done, then stops it.
func keep(ctx context.Context, process Process, output *Output) {
	// The kernel signals the child when the *thread* that started it ends
	// (prctl(2), PR_SET_PDEATHSIG): this goroutine keeps its thread.
	runtime.LockOSThread()
	log := output.Lines(process.Name)
	delay := firstDelay
	for ctx.Err() == nil {
		started := time.Now()
		err := once(ctx, process, log)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > steady {
			delay = firstDelay
		}
		fmt.Fprintf(log, "ended (%v); starting it again in %v\n", reason(err), delay)
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
		delay = min(2*delay, lastDelay)
	}
}

// once runs the process to its end, which ctx brings about by SIGTERM and,
// after the process's StopTimeout, SIGKILL.
func once(ctx context.Context, process Process, log *lineWriter) error {
	command := exec.CommandContext(ctx, process.Path, process.Args...)
	command.Env = append(os.Environ(), process.Env...)
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = process.StopTimeout
	command.SysProcAttr = &syscall.SysProcAttr{
		// A group of its own: Ctrl-C in a terminal is for the parent, which
		// stops its children in order.
		Setpgid: true,
		// Should the parent be killed, its successor must find ports, sockets
		// and locks free. All components are made to survive a crash.
		Pdeathsig: syscall.SIGKILL,
	}
	return command.Run()
}

func reason(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "exit code 0"
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return fmt.Sprintf("exit code %d", exit.ExitCode())
	}
	return err.Error()
}

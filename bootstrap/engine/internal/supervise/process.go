// Package supervise runs the components of a node as child processes: it
// starts them again when they end, joins their output into one, and stops
// them in order.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// keep runs the process until ctx is done, then stops it. What comes by
// restart stops it too, to be started again at once.
func keep(ctx context.Context, process Process, restart <-chan struct{}, output *Output) {
	// The kernel signals the child when the *thread* that started it ends
	// (prctl(2), PR_SET_PDEATHSIG): this goroutine keeps its thread.
	runtime.LockOSThread()
	log := output.Lines(process.Name)
	delay := firstDelay
	for ctx.Err() == nil {
		started := time.Now()
		wanted, err := untilRestart(ctx, process, restart, log)
		if ctx.Err() != nil {
			return
		}
		if wanted {
			continue
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

// untilRestart runs the process once and tells whether it was ended because a
// restart is wanted.
func untilRestart(ctx context.Context, process Process, restart <-chan struct{}, log io.Writer) (wanted bool, err error) {
	running, stop := context.WithCancel(ctx)
	told := make(chan bool)
	go func() {
		select {
		case <-restart:
			stop()
			told <- true
		case <-running.Done():
			told <- false
		}
	}()
	err = once(running, process, log)
	stop()
	return <-told, err
}

// once runs the process to its end, which ctx brings about by SIGTERM and,
// after the process's StopTimeout, SIGKILL.
func once(ctx context.Context, process Process, log io.Writer) error {
	command := exec.CommandContext(ctx, process.Path, process.Args...)
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

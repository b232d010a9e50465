package supervise

import (
	"context"
	"sync"
)

// Supervisor keeps processes running, in stages that are stopped one after
// the other.
type Supervisor struct {
	output *Output

	mutex   sync.Mutex
	stages  map[int]*stage
	stopped bool
}

type stage struct {
	stop    context.CancelFunc
	ctx     context.Context
	running sync.WaitGroup
	// restart tells each process, by its name, to end and be started again.
	restart map[string]chan struct{}
}

// New returns a Supervisor whose processes write to output.
func New(output *Output) *Supervisor {
	return &Supervisor{output: output, stages: map[int]*stage{}}
}

// Keep starts the process and starts it again whenever it ends, until Stop.
// Processes of higher stages are stopped first.
func (s *Supervisor) Keep(number int, process Process) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.stopped {
		return
	}
	group := s.stages[number]
	if group == nil {
		ctx, stop := context.WithCancel(context.Background())
		group = &stage{ctx: ctx, stop: stop, restart: map[string]chan struct{}{}}
		s.stages[number] = group
	}
	restart := make(chan struct{}, 1)
	group.restart[process.Name] = restart
	group.running.Go(func() { keep(group.ctx, process, restart, s.output) })
}

// Restart stops the named process, which is started again at once.
func (s *Supervisor) Restart(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, group := range s.stages {
		if restart := group.restart[name]; restart != nil {
			select {
			case restart <- struct{}{}:
			default: // it has been told already
			}
		}
	}
}

// Stop stops all processes, the highest stage first, and returns when all
// have ended. No process can be started afterwards.
func (s *Supervisor) Stop() {
	s.mutex.Lock()
	s.stopped = true
	s.mutex.Unlock()
	for len(s.stages) > 0 {
		highest := -1
		for number := range s.stages {
			highest = max(highest, number)
		}
		s.stages[highest].stop()
		s.stages[highest].running.Wait()
		s.mutex.Lock()
		delete(s.stages, highest)
		s.mutex.Unlock()
	}
}

package supervise

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is an output that a test can wait on.
type buffer struct {
	mutex   sync.Mutex
	content bytes.Buffer
}

func (b *buffer) Write(text []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.content.Write(text)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.content.String()
}

// waitFor waits until the output has text count times.
func (b *buffer) waitFor(t *testing.T, text string, count int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); strings.Count(b.String(), text) < count; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %d times %q within 10 s in:\n%s", count, text, b.String())
		}
	}
}

func shell(name, script string) Process {
	return Process{Name: name, Path: "/bin/sh", Args: []string{"-c", script}, StopTimeout: 200 * time.Millisecond}
}

func TestLinesAreMarkedAndWhole(t *testing.T) {
	output := &buffer{}
	writer := NewOutput(output).Lines("part")
	for _, text := range []string{"one\ntw", "o\n", "three"} {
		if _, err := writer.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := output.String(); got != "part: one\npart: two\n" {
		t.Errorf("got %q", got)
	}
}

func TestProcessThatEndsIsStartedAgain(t *testing.T) {
	output := &buffer{}
	supervisor := New(NewOutput(output))
	supervisor.Keep(0, shell("short", "echo begun; exit 3"))
	output.waitFor(t, "short: begun", 2)
	supervisor.Stop()
	if !strings.Contains(output.String(), "ended (exit code 3); starting it again in 300ms") {
		t.Errorf("got %s", output.String())
	}
}

func TestRestartStopsAndStartsAtOnce(t *testing.T) {
	output := &buffer{}
	supervisor := New(NewOutput(output))
	supervisor.Keep(0, shell("long", "echo begun; exec sleep 60"))
	output.waitFor(t, "begun", 1)
	supervisor.Restart("long")
	output.waitFor(t, "begun", 2)
	supervisor.Stop()
	if strings.Contains(output.String(), "ended") {
		t.Errorf("a wanted end is reported: %s", output.String())
	}
}

func TestHigherStagesAreStoppedFirst(t *testing.T) {
	output := &buffer{}
	supervisor := New(NewOutput(output))
	for stage, name := range []string{"lowest", "middle", "highest"} {
		supervisor.Keep(stage, shell(name, "trap 'echo ends; exit' TERM; echo begun; while :; do sleep 0.01; done"))
	}
	output.waitFor(t, "begun", 3)
	supervisor.Stop()
	_, ends, _ := strings.Cut(output.String(), "highest: ends")
	if !strings.Contains(ends, "middle: ends\nlowest: ends\n") {
		t.Errorf("got %s", output.String())
	}
}

func TestProcessThatIgnoresTheSignalIsKilled(t *testing.T) {
	output := &buffer{}
	supervisor := New(NewOutput(output))
	supervisor.Keep(0, shell("stubborn", "trap '' TERM; echo begun; while :; do sleep 0.01; done"))
	output.waitFor(t, "begun", 1)
	began := time.Now()
	supervisor.Stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestNothingStartsAfterStop(t *testing.T) {
	output := &buffer{}
	supervisor := New(NewOutput(output))
	supervisor.Stop()
	supervisor.Keep(0, shell("late", "echo begun"))
	supervisor.Stop()
	if output.String() != "" {
		t.Errorf("got %s", output.String())
	}
}

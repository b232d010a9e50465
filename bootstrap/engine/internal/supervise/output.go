package supervise

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// Output joins the lines of several writers, each marked with its name. Lines
// are never mixed.
type Output struct {
	mutex sync.Mutex
	sink  io.Writer
}

// NewOutput returns an Output that writes to sink.
func NewOutput(sink io.Writer) *Output {
	return &Output{sink: sink}
}

// Lines returns a writer whose lines appear in the output as "NAME: LINE".
func (o *Output) Lines(name string) io.Writer {
	return &lineWriter{output: o, prefix: name + ": "}
}

// longestLine bounds what is held back while a line has no end yet.
const longestLine = 64 << 10

type lineWriter struct {
	output  *Output
	prefix  string
	mutex   sync.Mutex
	partial []byte
}

// Write passes on all complete lines, and keeps an incomplete one for later.
func (w *lineWriter) Write(text []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.partial = append(w.partial, text...)
	end := bytes.LastIndexByte(w.partial, '\n') + 1
	if end == 0 && len(w.partial) > longestLine {
		w.partial = append(w.partial, '\n')
		end = len(w.partial)
	}
	var marked bytes.Buffer
	for line := range bytes.Lines(w.partial[:end]) {
		fmt.Fprintf(&marked, "%s%s", w.prefix, line)
	}
	w.partial = append(w.partial[:0], w.partial[end:]...)
	w.output.mutex.Lock()
	defer w.output.mutex.Unlock()
	if _, err := w.output.sink.Write(marked.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}

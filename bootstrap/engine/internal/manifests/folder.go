package manifests

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A manifest that could not be applied is tried again after firstRetry, and
// after twice the time each time, up to lastRetry.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
	// settle is how long the folder must be quiet before it is read: a file
	// is seldom written by one call.
	settle = 100 * time.Millisecond
)

// Folder is a folder of manifests.
type Folder struct {
	Path  string
	Apply func(ctx context.Context, manifest []byte) error

	applied map[string][sha256.Size]byte
}

// Run applies every manifest of the folder, and again whenever one changes,
// until ctx is done.
func (f *Folder) Run(ctx context.Context) error {
	f.applied = map[string][sha256.Size]byte{}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", f.Path, err)
	}
	defer watcher.Close()
	if err := watcher.Add(f.Path); err != nil {
		return fmt.Errorf("watch %s: %w", f.Path, err)
	}
	delay := firstRetry
	for {
		next := time.Duration(1<<63 - 1)
		if f.applyChanged(ctx) {
			delay = firstRetry
		} else {
			next, delay = delay, min(2*delay, lastRetry)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
			drain(ctx, watcher)
		case err := <-watcher.Errors:
			return fmt.Errorf("watch %s: %w", f.Path, err)
		case <-time.After(next):
		}
	}
}

// drain waits until there have been no events for a while.
func drain(ctx context.Context, watcher *fsnotify.Watcher) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-watcher.Events:
		case <-time.After(settle):
			return
		}
	}
}

// applyChanged applies what has changed since it was applied and tells
// whether all is applied.
func (f *Folder) applyChanged(ctx context.Context) bool {
	complete := true
	for _, path := range f.files() {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		sum := sha256.Sum256(content)
		if err == nil && f.applied[path] == sum {
			continue
		}
		if err == nil {
			err = f.Apply(ctx, content)
		}
		if err != nil {
			fmt.Printf("manifests: %s: %v\n", filepath.Base(path), err)
			complete = false
			continue
		}
		f.applied[path] = sum
		fmt.Printf("manifests: applied %s\n", filepath.Base(path))
	}
	return complete
}

func (f *Folder) files() []string {
	var files []string
	for _, pattern := range []string{"*.yaml", "*.yml", "*.json"} {
		// The only error is that of a bad pattern.
		matches, _ := filepath.Glob(filepath.Join(f.Path, pattern))
		files = append(files, matches...)
	}
	slices.Sort(files)
	return files
}

// Package files writes files so that nobody ever reads half of one, not even
// after a power failure.
package files

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes a file with the given mode, creating its folder if need be.
// A file that has the content and mode already is left alone.
func Replace(path string, content []byte, mode fs.FileMode) error {
	if same(path, content, mode) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	if _, err := temporary.Write(content); err != nil {
		return err
	}
	if err := temporary.Chmod(mode); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

func same(path string, content []byte, mode fs.FileMode) bool {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != mode {
		return false
	}
	current, err := os.ReadFile(path)
	return err == nil && bytes.Equal(current, content)
}

package manifests

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"orchestrator/engine/internal/files"
)

// Stage copies the packaged manifests of source that are not disabled into
// the folder target, and returns the content of those that are disabled, so
// that what they once created can be deleted. Files of target that are the
// user's own are left alone.
func Stage(source, target string, disabled func(component string) bool) (unwanted [][]byte, err error) {
	if err := os.MkdirAll(target, 0o700); err != nil {
		return nil, err
	}
	packaged, err := filepath.Glob(filepath.Join(source, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, path := range packaged {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(path)
		staged := filepath.Join(target, name)
		if !disabled(name[:len(name)-len(".yaml")]) {
			if err := files.Replace(staged, content, 0o600); err != nil {
				return nil, err
			}
			continue
		}
		unwanted = append(unwanted, content)
		if err := os.Remove(staged); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return unwanted, nil
}

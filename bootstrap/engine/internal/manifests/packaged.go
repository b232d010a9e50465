package manifests

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"orchestrator/engine/internal/files"
)

// withdrawn ends the names of manifests that have been applied and whose
// component has been disabled since: their objects are to be deleted.
const withdrawn = ".disabled"

// Stage copies the packaged manifests of source that are not disabled into
// the folder target, and withdraws those that are. Files of target that are
// the user's own are left alone.
func Stage(source, target string, disabled func(component string) bool) error {
	if err := os.MkdirAll(target, 0o700); err != nil {
		return err
	}
	packaged, err := filepath.Glob(filepath.Join(source, "*.yaml"))
	if err != nil {
		return err
	}
	for _, path := range packaged {
		staged := filepath.Join(target, filepath.Base(path))
		if disabled(strings.TrimSuffix(filepath.Base(path), ".yaml")) {
			err := os.Rename(staged, staged+withdrawn)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := files.Replace(staged, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// DeleteWithdrawn deletes the objects of withdrawn manifests, by the given
// function. A component that was never applied here has no such manifest: what
// the user put in its place, perhaps under the same names, is safe.
func DeleteWithdrawn(ctx context.Context, folder string, remove func(ctx context.Context, manifest []byte) error) error {
	paths, err := filepath.Glob(filepath.Join(folder, "*"+withdrawn))
	if err != nil {
		return err
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := remove(ctx, content); err != nil {
			return fmt.Errorf("%s (tried again at the next start): %w", filepath.Base(path), err)
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		fmt.Printf("manifests: deleted the objects of %s\n", strings.TrimSuffix(filepath.Base(path), withdrawn))
	}
	return nil
}

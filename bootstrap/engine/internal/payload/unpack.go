package payload

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// unfinished begins the names of folders that are being unpacked.
const unfinished = ".unpacking-"

// Unpack unpacks the payload of the executable file to DIR/<hash of the
// content>, unless it is there, makes DIR/current a link to it, and returns
// its path. Killed at any moment it leaves no half-filled folder under a final
// name. The version used before is kept, since containers that it started
// still name its shim; older ones are removed.
func Unpack(executable, dir string) (string, error) {
	archive, err := zip.OpenReader(executable)
	if err != nil {
		return "", fmt.Errorf("%s carries no programs; it must come from the pack command: %w", executable, err)
	}
	defer archive.Close()
	hash := archive.Comment
	if len(hash) != 64 || strings.ContainsAny(hash, "/.") {
		return "", fmt.Errorf("%s: the archive's comment %q is not a hash", executable, hash)
	}
	target := filepath.Join(dir, hash)
	if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
		err = unpackTo(&archive.Reader, dir, target)
		if err != nil {
			return "", fmt.Errorf("unpack the programs of %s to %s: %w", executable, target, err)
		}
	} else if err != nil {
		return "", err
	}
	return target, makeCurrent(dir, hash)
}

func unpackTo(archive *zip.Reader, dir, target string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(dir, unfinished)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	for _, entry := range archive.File {
		if err := extract(entry, temporary); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	// The content must be on disk before the name that vouches for it.
	if err := syncFileSystem(temporary); err != nil {
		return err
	}
	return os.Rename(temporary, target)
}

func extract(entry *zip.File, dir string) error {
	if !filepath.IsLocal(entry.Name) {
		return errors.New("not a path inside the archive")
	}
	path := filepath.Join(dir, entry.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, entry.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

func syncFileSystem(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return unix.Syncfs(int(dir.Fd()))
}

// makeCurrent lets DIR/current point to the folder hash and removes folders
// that are neither this nor the one before.
func makeCurrent(dir, hash string) error {
	current := filepath.Join(dir, "current")
	previous, err := os.Readlink(current)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if previous == hash {
		return nil
	}
	temporary := current + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := errors.Join(os.Symlink(hash, temporary), os.Rename(temporary, current)); err != nil {
		return err
	}
	return removeOthers(dir, hash, previous)
}

func removeOthers(dir string, keep ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == keep[0] || entry.Name() == keep[1] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Package archive makes container images of single programs without a
// container engine, as archives in the format of `docker save`, which
// containerd and Docker import
// (https://github.com/moby/docker-image-spec/blob/main/spec.md).
package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Image is an image of one program.
type Image struct {
	// Name is REPOSITORY:TAG.
	Name string
	// Entrypoint is the program's path in the image.
	Entrypoint string
	// User is UID:GID, or empty for root.
	User string
}

// Write writes the image's archive. The same program gives the same bytes.
func Write(output io.Writer, image Image, program, architecture string) error {
	layer, err := layerOf(image, program)
	if err != nil {
		return fmt.Errorf("make the image %s: %w", image.Name, err)
	}
	digest := sha256.Sum256(layer)
	config, err := json.Marshal(map[string]any{
		"architecture": architecture,
		"os":           "linux",
		"config": map[string]any{
			"User":       image.User,
			"Entrypoint": []string{image.Entrypoint},
			"WorkingDir": "/",
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(digest[:])}},
	})
	if err != nil {
		return err
	}
	configDigest := sha256.Sum256(config)
	configName := hex.EncodeToString(configDigest[:]) + ".json"
	manifest, err := json.Marshal([]map[string]any{{
		"Config": configName, "RepoTags": []string{image.Name}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return err
	}
	archive := tar.NewWriter(output)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"manifest.json", manifest}, {configName, config}, {"layer.tar", layer}} {
		if err := writeFile(archive, file.name, 0o644, file.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// layerOf returns a layer with the program, the folders above it, and /tmp.
func layerOf(image Image, program string) ([]byte, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	layer := tar.NewWriter(&buffer)
	if err := writeFolder(layer, "tmp", fs.ModeSticky|0o777); err != nil {
		return nil, err
	}
	target := strings.TrimPrefix(path.Clean(image.Entrypoint), "/")
	for i, letter := range target {
		if letter != '/' {
			continue
		}
		if err := writeFolder(layer, target[:i], 0o755); err != nil {
			return nil, err
		}
	}
	if err := writeFile(layer, target, 0o755, content); err != nil {
		return nil, err
	}
	return buffer.Bytes(), layer.Close()
}

func writeFolder(archive *tar.Writer, name string, mode fs.FileMode) error {
	header := &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: int64(mode.Perm())}
	if mode&fs.ModeSticky != 0 {
		header.Mode |= 0o1000
	}
	return archive.WriteHeader(header)
}

func writeFile(archive *tar.Writer, name string, mode int64, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}

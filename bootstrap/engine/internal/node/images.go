package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/client"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
)

// imported is what is remembered of an archive: by what it is recognised as
// unchanged, and the images that came of it.
type imported struct {
	Size     int64
	Modified time.Time
	Images   []string
}

// imageLabels make containerd's CRI plugin, and so the kubelet, count an image
// as one of its own that must not be removed when the disk runs full: it could
// not be pulled again.
var imageLabels = map[string]string{
	"io.cri-containerd.image":  "managed",
	"io.cri-containerd.pinned": "pinned",
}

// ImportImages imports every archive of the images folder that has changed
// since it was imported or whose images are gone. An archive that can't be
// read doesn't keep the others from being imported; all errors are returned.
func ImportImages(ctx context.Context, containerd *client.Client) error {
	if err := os.MkdirAll(paths.Images, 0o755); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(paths.Images, "*.tar"))
	if err != nil {
		return err
	}
	existing, err := existingImages(ctx, containerd)
	if err != nil {
		return err
	}
	before, after := remembered(), map[string]imported{}
	var problems []error
	for _, archive := range archives {
		entry, err := importOne(ctx, containerd, archive, before[archive], existing)
		if err != nil {
			problems = append(problems, fmt.Errorf("import the images of %s: %w", archive, err))
			continue
		}
		after[archive] = entry
		// Written after each, so that a start that is cut short isn't lost.
		problems = append(problems, remember(after))
	}
	return errors.Join(problems...)
}

func importOne(ctx context.Context, containerd *client.Client, archive string, before imported, existing map[string]bool) (imported, error) {
	info, err := os.Stat(archive)
	if err != nil {
		return imported{}, err
	}
	if before.unchanged(info, existing) {
		return before, nil
	}
	started := time.Now()
	file, err := os.Open(archive)
	if err != nil {
		return imported{}, err
	}
	defer file.Close()
	images, err := containerd.Import(ctx, file, client.WithImageLabels(imageLabels))
	if err != nil {
		return imported{}, err
	}
	result := imported{Size: info.Size(), Modified: info.ModTime()}
	for _, image := range images {
		if err := client.NewImage(containerd, image).Unpack(ctx, ""); err != nil {
			return imported{}, fmt.Errorf("unpack %s: %w", image.Name, err)
		}
		result.Images = append(result.Images, image.Name)
	}
	fmt.Printf("imported %s in %v: %v\n", filepath.Base(archive), time.Since(started).Round(time.Millisecond), result.Images)
	return result, nil
}

func (i imported) unchanged(info fs.FileInfo, existing map[string]bool) bool {
	if i.Size != info.Size() || !i.Modified.Equal(info.ModTime()) {
		return false
	}
	for _, name := range i.Images {
		if !existing[name] {
			return false
		}
	}
	return true
}

func existingImages(ctx context.Context, containerd *client.Client) (map[string]bool, error) {
	list, err := containerd.ImageService().List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list containerd's images: %w", err)
	}
	names := map[string]bool{}
	for _, image := range list {
		names[image.Name] = true
	}
	return names, nil
}

// remembered returns what was imported earlier; nothing if that is unknown.
func remembered() map[string]imported {
	entries := map[string]imported{}
	if text, err := os.ReadFile(paths.ImportedImages); err == nil {
		_ = json.Unmarshal(text, &entries)
	}
	return entries
}

func remember(entries map[string]imported) error {
	text, err := json.MarshalIndent(entries, "", "  ")
	if err != nil {
		return err
	}
	return files.Replace(paths.ImportedImages, append(text, '\n'), 0o600)
}

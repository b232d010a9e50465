package archive

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestArchiveHasTheProgramAndIsAlwaysTheSame(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("content"), 0o700); err != nil {
		t.Fatal(err)
	}
	image := Image{Name: "example/image:1", Entrypoint: "/usr/bin/program", User: "1:1"}
	var first, second bytes.Buffer
	if err := errors.Join(Write(&first, image, program, "amd64"), Write(&second, image, program, "amd64")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of one program differ")
	}
	files := untar(t, first.Bytes())
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest[0].RepoTags[0] != image.Name || files[manifest[0].Config] == nil {
		t.Errorf("manifest %+v", manifest)
	}
	layer := untar(t, files[manifest[0].Layers[0]])
	if string(layer["usr/bin/program"]) != "content" {
		t.Errorf("layer %v", layer)
	}
	for _, folder := range []string{"usr/", "usr/bin/", "tmp/"} {
		if _, exists := layer[folder]; !exists {
			t.Errorf("the layer has no folder %s", folder)
		}
	}
}

func untar(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for reader := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}

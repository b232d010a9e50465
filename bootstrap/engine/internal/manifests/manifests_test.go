package manifests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDefinitionsComeBeforeWhatNeedsThem(t *testing.T) {
	objects, err := parse([]byte(`
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: map, namespace: space}}
---
# only a comment
---
{apiVersion: v1, kind: Namespace, metadata: {name: space}}
`))
	if err != nil || len(objects) != 2 || describe(objects[0]) != "Namespace space" || describe(objects[1]) != "ConfigMap space/map" {
		t.Errorf("got %+v, error %v", objects, err)
	}
}

func TestDocumentWithoutKindIsAnError(t *testing.T) {
	_, err := parse([]byte("apiVersion: v1\nkind: A\n---\nname: x"))
	if err == nil || !strings.Contains(err.Error(), "document 2 has no kind") {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFolderIsAppliedAndAgainWhenItChanges(t *testing.T) {
	dir, applied := t.TempDir(), make(chan string)
	write(t, filepath.Join(dir, "a.yaml"), "first")
	write(t, filepath.Join(dir, "ignored.txt"), "other")
	failures := 1
	folder := &Folder{Path: dir, Apply: func(_ context.Context, manifest []byte) error {
		applied <- string(manifest)
		if string(manifest) == "second" && failures > 0 {
			failures--
			return errors.New("not yet")
		}
		return nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- folder.Run(ctx) }()

	expect := func(want string) {
		t.Helper()
		select {
		case got := <-applied:
			if got != want {
				t.Fatalf("applied %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%q was not applied within 10 s", want)
		}
	}
	expect("first")
	write(t, filepath.Join(dir, "a.yaml"), "second")
	expect("second")
	expect("second") // the first attempt failed
	write(t, filepath.Join(dir, "b.yaml"), "third")
	expect("third") // and a.yaml, unchanged, not again
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestDisablingAComponentDeletesItsObjectsOnce(t *testing.T) {
	source, target := t.TempDir(), filepath.Join(t.TempDir(), "manifests")
	write(t, filepath.Join(source, "coredns.yaml"), "dns")
	write(t, filepath.Join(source, "metrics-server.yaml"), "metrics")
	var deleted []string
	start := func(disabled string) {
		t.Helper()
		err := Stage(source, target, func(name string) bool { return name == disabled })
		if err == nil {
			err = DeleteWithdrawn(t.Context(), target, func(_ context.Context, manifest []byte) error {
				deleted = append(deleted, string(manifest))
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	start("coredns") // never applied: nothing to delete
	start("")
	write(t, filepath.Join(target, "mine.yaml"), "mine")
	start("coredns")
	start("coredns")
	if len(deleted) != 1 || deleted[0] != "dns" {
		t.Errorf("deleted %v", deleted)
	}
	left, _ := filepath.Glob(filepath.Join(target, "*"))
	if len(left) != 2 {
		t.Errorf("left %v, want metrics-server.yaml and mine.yaml", left)
	}
}

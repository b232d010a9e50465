package payload

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// packed returns a file with two programs whose content is given.
func packed(t *testing.T, first, second string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	executable := write("executable", "the executable")
	files := []File{
		{Name: "manifests/b.yaml", Source: write("b", second), Mode: 0o644},
		{Name: "bin/a", Source: write("a", first), Mode: 0o755},
	}
	var output bytes.Buffer
	if err := Pack(&output, executable, files); err != nil {
		t.Fatal(err)
	}
	return write("k3s", output.String())
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEqualInputsGiveEqualFiles(t *testing.T) {
	if read(t, packed(t, "one", "two")) != read(t, packed(t, "one", "two")) {
		t.Error("two files of the same inputs differ")
	}
}

func TestFileBeginsWithTheExecutable(t *testing.T) {
	if content := read(t, packed(t, "one", "two")); content[:14] != "the executable" {
		t.Errorf("it begins with %q", content[:14])
	}
}

func TestUnpackingGivesFilesWithTheirModes(t *testing.T) {
	dir := t.TempDir()
	target, err := Unpack(packed(t, "one", "two"), dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(dir, "current/bin/a")); got != "one" {
		t.Errorf("bin/a is %q", got)
	}
	info, err := os.Stat(filepath.Join(target, "bin/a"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestUnpackingIsDoneOnce(t *testing.T) {
	dir, file := t.TempDir(), packed(t, "one", "two")
	target, err := Unpack(file, dir)
	if err != nil {
		t.Fatal(err)
	}
	marker := filepath.Join(target, "marker")
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Unpack(file, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(marker); err != nil {
		t.Errorf("it was unpacked again: %v", err)
	}
}

func TestOnlyTheVersionBeforeIsKept(t *testing.T) {
	dir := t.TempDir()
	// What an unpacking that was killed has left.
	if err := os.MkdirAll(filepath.Join(dir, unfinished+"123/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, content := range []string{"first", "second", "third"} {
		target, err := Unpack(packed(t, content, "same"), dir)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, filepath.Base(target))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if len(names) != 3 { // the second, the third, and the link to it
		t.Errorf("%v is left of %v", names, targets)
	}
	if got := read(t, filepath.Join(dir, "current/bin/a")); got != "third" {
		t.Errorf("current is %q", got)
	}
}

func TestExecutableWithoutPayloadIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "k3s")
	if err := os.WriteFile(file, []byte("no archive"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Unpack(file, t.TempDir()); err == nil {
		t.Error("no error")
	}
}

package node

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"orchestrator/engine/internal/packaged"
)

func TestPauseImageIsTheOneThatIsMade(t *testing.T) {
	if PauseImage != "docker.io/"+packaged.Pause {
		t.Errorf("%s and %s", PauseImage, packaged.Pause)
	}
}

func TestNameServersOfAResolvConf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(path, []byte("# nameserver 1.1.1.1\nnameserver 127.0.0.11\nnameserver\t10.0.0.53\noptions ndots:0\nnameserver x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	servers := nameServers(path)
	if len(servers) != 2 || servers[1].String() != "10.0.0.53" || !anyLoopback(servers) {
		t.Errorf("got %v", servers)
	}
}

func TestArchiveIsImportedAgainWhenItOrItsImagesChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tar")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	before := imported{Size: info.Size(), Modified: info.ModTime(), Images: []string{"image"}}
	there := map[string]bool{"image": true}
	if !before.unchanged(info, there) {
		t.Error("an unchanged archive counts as changed")
	}
	if before.unchanged(info, nil) {
		t.Error("an archive whose image is gone counts as unchanged")
	}
	before.Modified = before.Modified.Add(time.Second)
	if before.unchanged(info, there) {
		t.Error("a newer archive counts as unchanged")
	}
}

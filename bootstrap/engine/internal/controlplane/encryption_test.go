package controlplane

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	"k8s.io/apiserver/pkg/storage/value"

	"orchestrator/engine/internal/settings"
)

func TestSecretsAreEncryptedByTheAPIServersOwnReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "encryption-config.json")
	if there, err := prepareEncryption(path, false); there || err != nil {
		t.Fatalf("a key that nobody wants: %v, %v", there, err)
	}
	if there, err := prepareEncryption(path, true); !there || err != nil {
		t.Fatalf("no key: %v, %v", there, err)
	}
	config, err := encryptionconfig.LoadEncryptionConfig(t.Context(), path, false, "test")
	if err != nil {
		t.Fatal(err)
	}
	secrets := config.Transformers[schema.GroupResource{Resource: "secrets"}]
	identity := value.DefaultContext("secret")
	stored, err := secrets.TransformToStorage(context.Background(), []byte("password"), identity)
	if err != nil {
		t.Fatal(err)
	}
	if want := "k8s:enc:secretbox:v1:key1:"; string(stored[:len(want)]) != want {
		t.Errorf("stored as %q", stored)
	}
	read, stale, err := secrets.TransformFromStorage(context.Background(), stored, identity)
	if string(read) != "password" || stale || err != nil {
		t.Errorf("read back as %q, stale %v, %v", read, stale, err)
	}
	// What was stored before is read, and is to be written anew.
	read, stale, err = secrets.TransformFromStorage(context.Background(), []byte("plain"), identity)
	if string(read) != "plain" || !stale || err != nil {
		t.Errorf("read as %q, stale %v, %v", read, stale, err)
	}
}

func TestAKeyStaysOnceThereIsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "encryption-config.json")
	for _, wanted := range []bool{true, true, false} {
		before, _ := os.ReadFile(path)
		there, err := prepareEncryption(path, wanted)
		if !there || err != nil {
			t.Fatalf("%v, %v", there, err)
		}
		after, err := os.ReadFile(path)
		if err != nil || len(before) > 0 && string(before) != string(after) {
			t.Errorf("the key has changed: %v", err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestTheAPIServerIsToldOfTheKey(t *testing.T) {
	for _, encrypts := range []bool{true, false} {
		cfg, err := Configuration(settings.Settings{NodeName: "master", SecretsEncryption: encrypts}, netip.MustParseAddr("192.168.56.10"))
		if err != nil {
			t.Fatal(err)
		}
		arguments := (&ControlPlane{config: cfg}).Arguments()["kube-apiserver"]
		if slices.Contains(arguments, "--encryption-provider-config="+encryptionConfig) != encrypts {
			t.Errorf("encryption %v: %v", encrypts, arguments)
		}
	}
}

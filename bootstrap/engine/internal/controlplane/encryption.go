package controlplane

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
)

// encryptionConfig is where K3s has it, too: beside the server's other
// credentials, so that whoever copies those has the key of the secrets.
const encryptionConfig = paths.ServerCredentials + "/encryption-config.json"

// keySize is that of secretbox' keys, in bytes.
const keySize = 32

// prepareEncryption sees to it that there is a key to encrypt secrets with, if
// they are to be encrypted, and tells whether there is one. Once there is, it
// stays in use: what it has encrypted could not be read without it.
func prepareEncryption(path string, wanted bool) (bool, error) {
	_, err := os.Stat(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	if !wanted {
		return false, nil
	}
	key := make([]byte, keySize)
	rand.Read(key) // never fails (crypto/rand)
	text, err := json.MarshalIndent(encryption(base64.StdEncoding.EncodeToString(key)), "", "  ")
	if err != nil {
		return false, err
	}
	if err := files.Replace(path, append(text, '\n'), 0o600); err != nil {
		return false, fmt.Errorf("write the key that secrets are encrypted with: %w", err)
	}
	return true, nil
}

// encryption describes how secrets are stored: by the strongest of the API
// server's own ways; those that are stored plainly from before can be read
// (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/).
func encryption(key string) map[string]any {
	type object = map[string]any
	return object{
		"apiVersion": "apiserver.config.k8s.io/v1",
		"kind":       "EncryptionConfiguration",
		"resources": []object{{
			"resources": []string{"secrets"},
			"providers": []object{
				{"secretbox": object{"keys": []object{{"name": "key1", "secret": key}}}},
				{"identity": object{}},
			},
		}},
	}
}

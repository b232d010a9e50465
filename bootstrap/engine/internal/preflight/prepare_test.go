package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const noIPv6 = "net/ipv6/conf/default/disable_ipv6"

// kernel returns a folder as /proc/sys, in which parameters have these values.
func kernel(t *testing.T, values map[string]string) string {
	folder := t.TempDir()
	for name, value := range values {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func read(t *testing.T, folder, name string) string {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func TestPodsReachTheirNodeByNoIPv6(t *testing.T) {
	folder := kernel(t, map[string]string{
		"net/ipv4/ip_forward":           "1",
		"net/ipv4/conf/all/forwarding":  "0",
		"fs/inotify/max_user_instances": "9000",
		noIPv6:                          "0",
	})
	if err := setParameters(folder); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		noIPv6:                          "1",
		"net/ipv4/conf/all/forwarding":  "1",
		"fs/inotify/max_user_instances": "9000",
	} {
		if got := read(t, folder, name); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
}

func TestAKernelMayLackIPv6ButNotForwarding(t *testing.T) {
	routing := map[string]string{"net/ipv4/ip_forward": "1", "net/ipv4/conf/all/forwarding": "1"}
	if err := setParameters(kernel(t, routing)); err != nil {
		t.Error(err)
	}
	err := setParameters(kernel(t, map[string]string{noIPv6: "0"}))
	if err == nil || !strings.Contains(err.Error(), "net/ipv4/ip_forward") {
		t.Errorf("a kernel that does not forward was taken: %v", err)
	}
}

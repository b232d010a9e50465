package packaged

import (
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/kubernetes/cmd/kubeadm/app/phases/addons/dns"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"orchestrator/engine/internal/controlplane"
	"orchestrator/engine/internal/settings"
)

// Components are the packaged components by their names in the disable
// setting. Each has an overlay of that name.
var Components = []string{"coredns", "local-storage", "metrics-server"}

// upstream writes the manifests that a component's authors publish, into the
// overlay's folder "upstream". They are read from the modules that the
// programs are built from, so that the two are always of one version.
var upstream = map[string]func(disk filesys.FileSystem, target, engine string) error{
	"coredns":        kubeadmDNS,
	"metrics-server": fromModule("sigs.k8s.io/metrics-server", "manifests/base"),
	"local-storage":  fromModule("github.com/rancher/local-path-provisioner", "deploy"),
}

// Manifest builds a component's manifest from its overlay, in the folder
// manifests of the engine's module.
func Manifest(component, engine string) ([]byte, error) {
	disk := filesys.MakeFsInMemory()
	if err := copyTree(disk, filepath.Join(engine, "manifests", component), "/"+component); err != nil {
		return nil, err
	}
	if err := upstream[component](disk, "/"+component+"/upstream", engine); err != nil {
		return nil, fmt.Errorf("read the manifests of %s: %w", component, err)
	}
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/"+component)
	if err != nil {
		return nil, fmt.Errorf("build the manifest of %s: %w", component, err)
	}
	return objects.AsYaml()
}

// kubeadmDNS writes the CoreDNS of kubeadm, which is made for a cluster of
// just this version.
func kubeadmDNS(disk filesys.FileSystem, target, _ string) error {
	cfg, err := controlplane.Configuration(settings.Settings{NodeName: "any"}, netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := dns.EnsureDNSAddon(&cfg.ClusterConfiguration, nil, "", &text, true); err != nil {
		return err
	}
	return disk.WriteFile(target+"/coredns.yaml", []byte(text.String()))
}

func fromModule(module, folder string) func(disk filesys.FileSystem, target, engine string) error {
	return func(disk filesys.FileSystem, target, engine string) error {
		list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
		list.Dir = engine
		list.Stderr = os.Stderr
		dir, err := list.Output()
		if err != nil {
			return fmt.Errorf("find the module %s: %w", module, err)
		}
		return copyTree(disk, filepath.Join(strings.TrimSpace(string(dir)), folder), target)
	}
}

// copyTree copies the YAML files of a folder.
func copyTree(disk filesys.FileSystem, source, target string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		return disk.WriteFile(filepath.Join(target, relative), content)
	})
}

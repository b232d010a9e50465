package packaged

import (
	"strings"
	"testing"
)

// The overlays name the images that they need; packaged.Images makes them.
func TestManifestsUseTheImagesThatAreMade(t *testing.T) {
	for component, images := range map[string][]string{
		"coredns":        {CoreDNS},
		"metrics-server": {MetricsServer},
		"local-storage":  {LocalPath, Busybox},
	} {
		manifest, err := Manifest(component, "../..")
		if err != nil {
			t.Fatal(err)
		}
		text := string(manifest)
		for _, image := range images {
			if !strings.Contains(text, "image: "+image+"\n") {
				t.Errorf("the manifest of %s has no image %s", component, image)
			}
		}
		if strings.Count(text, "image: ") != len(images) {
			t.Errorf("the manifest of %s has other images than %v", component, images)
		}
	}
}

func TestDefaultStorageClassIsInPlace(t *testing.T) {
	manifest, err := Manifest("local-storage", "../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`storageclass.kubernetes.io/is-default-class: "true"`, "/var/lib/rancher/k3s/storage", "namespace: kube-system"} {
		if !strings.Contains(string(manifest), want) {
			t.Errorf("the manifest has no %s", want)
		}
	}
	if strings.Contains(string(manifest), "local-path-storage") {
		t.Error("the authors' namespace is left somewhere")
	}
}

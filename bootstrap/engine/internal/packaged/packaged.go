// Package packaged knows the components that come with a cluster: their
// images, which stand in for K3s's under the very same repositories, and their
// manifests.
package packaged

import "orchestrator/engine/internal/archive"

// Images are the images that a node needs besides the user's, each made of one
// program.
var Images = []struct {
	// File is the archive's name, Program that of the program in it.
	File, Program string
	Image         archive.Image
}{
	{"pause.tar", "pause", archive.Image{Name: Pause, Entrypoint: "/pause", User: "65535:65535"}},
	{"coredns.tar", "coredns", archive.Image{Name: CoreDNS, Entrypoint: "/coredns", User: "65532:65532"}},
	{"metrics-server.tar", "metrics-server", archive.Image{Name: MetricsServer, Entrypoint: "/metrics-server", User: "65534:65534"}},
	{"local-path-provisioner.tar", "local-path-provisioner", archive.Image{Name: LocalPath, Entrypoint: "/usr/bin/local-path-provisioner"}},
	{"sealed-secrets-controller.tar", "controller", archive.Image{Name: SealedSecrets, Entrypoint: "/usr/local/bin/controller", User: "1001:1001"}},
}

// The images' names. Busybox, which local-path-provisioner works with on the
// nodes, is made by images/busybox/Dockerfile from Debian's package.
const (
	Pause         = "rancher/mirrored-pause:3.6"
	CoreDNS       = "rancher/mirrored-coredns-coredns:1.14.7"
	MetricsServer = "rancher/mirrored-metrics-server:v0.9.0"
	LocalPath     = "rancher/local-path-provisioner:v0.0.30"
	Busybox       = "rancher/mirrored-library-busybox:1.37.0"
	SealedSecrets = "bitnami/sealed-secrets-controller:0.40.0"
)

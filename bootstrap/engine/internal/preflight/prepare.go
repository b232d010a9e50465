package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// modules are the kernel modules of pod networks and kube-proxy.
var modules = []string{"br_netfilter", "nf_conntrack", "nf_tables", "nft_masq", "nft_nat", "veth"}

// sysctls are the kernel parameters that nodes need. The kubelet would set
// the vm and kernel ones itself where it may; forwarding is what makes a node
// a router of its pods.
var sysctls = []struct {
	name, value string
	required    bool
}{
	{"net/ipv4/ip_forward", "1", true},
	{"net/ipv4/conf/all/forwarding", "1", true},
	{"fs/inotify/max_user_instances", "8192", false},
	{"fs/inotify/max_user_watches", "524288", false},
	// Of interfaces that are made from now on: the nodes' ends of pods. By their
	// link-local addresses a pod would reach what its node listens on, past the
	// policies, which are IPv4's. A kernel without IPv6 has no such parameter.
	{"net/ipv6/conf/default/disable_ipv6", "1", false},
}

// Prepare sets what pods need of the machine: kernel modules, forwarding, and
// a shared root mount, without which volumes mounted by the kubelet would not
// show in containers (mount_namespaces(7)).
func Prepare() error {
	for _, module := range modules {
		loadModule(module)
	}
	if err := setParameters("/proc/sys"); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make / a shared mount: %w", err)
	}
	return ensureKmsg()
}

// setParameters sets the kernel parameters whose files are in a folder.
func setParameters(folder string) error {
	for _, sysctl := range sysctls {
		err := raise(filepath.Join(folder, sysctl.name), sysctl.value)
		if err != nil && sysctl.required {
			return fmt.Errorf("set the kernel parameter %s to %s: %w", sysctl.name, sysctl.value, err)
		}
	}
	return nil
}

// raise writes a kernel parameter unless it has the value or a higher one.
func raise(path, value string) error {
	var current, wanted int
	if text, err := os.ReadFile(path); err != nil {
		return err
	} else if _, err := fmt.Sscan(string(text), &current); err != nil {
		return err
	}
	if _, err := fmt.Sscan(value, &wanted); err != nil || current >= wanted {
		return err
	}
	return os.WriteFile(path, []byte(value), 0)
}

// ensureKmsg makes the kernel's log readable, which a container may hide: the
// kubelet won't start without it.
func ensureKmsg() error {
	const path = "/dev/kmsg"
	_, err := os.Stat(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 11))); err != nil {
		return fmt.Errorf("create %s, which the kubelet reads: %w", path, err)
	}
	return nil
}

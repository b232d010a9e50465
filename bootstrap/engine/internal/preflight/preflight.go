// Package preflight checks and prepares the machine before anything is
// started on it.
package preflight

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// tools are the programs that the machine's distribution provides, and the
// package of both Debian and Alpine that has each.
var tools = []struct{ program, pkg string }{
	{"runc", "runc"},
	{"nft", "nftables"},
	{"conntrack", "conntrack (Alpine: conntrack-tools)"},
	{"mount", "mount"},
	{"umount", "mount"},
}

// Check returns one error that names everything the machine lacks.
func Check() error {
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "k3s must run as root")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool.program); err != nil {
			missing = append(missing, fmt.Sprintf("program %s is missing; install package %s", tool.program, tool.pkg))
		}
	}
	for _, fs := range []string{"overlay", "cgroup"} {
		if !hasFileSystem(fs) {
			missing = append(missing, fmt.Sprintf("the kernel has no %s file system; load or enable it", fs))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return errors.New("this machine can't be a node yet:\n  " + strings.Join(missing, "\n  "))
}

// hasFileSystem tells whether the kernel knows a file system whose name begins
// so (proc_filesystems(5)), if need be after loading its module.
func hasFileSystem(name string) bool {
	loadModule(name)
	known, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		return true // no /proc/filesystems: nothing can be said against it
	}
	for field := range strings.FieldsSeq(string(known)) {
		if strings.HasPrefix(field, name) {
			return true
		}
	}
	return false
}

// loadModule loads a kernel module where modules can be loaded. In a container
// and with a kernel that has everything built in they can't and needn't be.
func loadModule(name string) {
	if modprobe, err := exec.LookPath("modprobe"); err == nil {
		_ = exec.Command(modprobe, "-q", name).Run()
	}
}

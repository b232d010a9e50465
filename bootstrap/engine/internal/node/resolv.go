package node

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/network"
	"orchestrator/engine/internal/paths"
)

// resolvConfs are where a machine's name servers may be listed (resolv.conf(5),
// systemd-resolved.service(8)).
var resolvConfs = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// podResolvConf returns the file whose name servers pods without cluster DNS
// ask, CoreDNS among them. A loopback address means another host in a pod than
// on the machine: where the machine has no others, the file names the
// machine's DNS relay.
func podResolvConf() (string, error) {
	if path := reachableResolvConf(); path != "" {
		return path, nil
	}
	content := fmt.Sprintf("# The machine's own name server is a loopback address, which this one relays to.\nnameserver %s\n", network.RelayAddress)
	return paths.PodResolvConf, files.Replace(paths.PodResolvConf, []byte(content), 0o644)
}

// RelayTarget returns the machine's first name server where pods need a relay
// to reach it.
func RelayTarget() (server netip.Addr, needed bool) {
	servers := nameServers(resolvConfs[0])
	if reachableResolvConf() != "" || len(servers) == 0 {
		return netip.Addr{}, false
	}
	return servers[0], true
}

// reachableResolvConf returns the first file all of whose name servers can be
// reached from pods, or "".
func reachableResolvConf() string {
	for _, path := range resolvConfs {
		if servers := nameServers(path); len(servers) > 0 && !anyLoopback(servers) {
			return path
		}
	}
	return ""
}

// nameServers returns the addresses of the name servers that a resolv.conf lists.
func nameServers(path string) []netip.Addr {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var servers []netip.Addr
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if address, err := netip.ParseAddr(fields[1]); err == nil {
			servers = append(servers, address)
		}
	}
	return servers
}

func anyLoopback(servers []netip.Addr) bool {
	for _, server := range servers {
		if server.IsLoopback() {
			return true
		}
	}
	return false
}

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
	for _, path := range resolvConfs {
		if servers := NameServers(path); len(servers) > 0 && !anyLoopback(servers) {
			return path, nil
		}
	}
	content := fmt.Sprintf("# The machine's own name server is a loopback address, which this one relays to.\nnameserver %s\n", network.RelayAddress)
	return paths.PodResolvConf, files.Replace(paths.PodResolvConf, []byte(content), 0o644)
}

// NameServers returns the addresses of the name servers that a resolv.conf lists.
func NameServers(path string) []netip.Addr {
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

// LoopbackNameServer returns the machine's first name server if it is one that
// pods can't reach.
func LoopbackNameServer() (netip.Addr, bool) {
	servers := NameServers(resolvConfs[0])
	if len(servers) > 0 && anyLoopback(servers) {
		return servers[0], true
	}
	return netip.Addr{}, false
}

func anyLoopback(servers []netip.Addr) bool {
	for _, server := range servers {
		if server.IsLoopback() {
			return true
		}
	}
	return false
}

// Package network connects pods: the CNI configuration of a node, routes to
// the pods of other nodes, address translation for pods that talk to the
// outside, and name resolution where the machine's name server is local to it.
package network

import (
	"encoding/json"
	"fmt"

	"orchestrator/engine/internal/files"
	"orchestrator/engine/internal/paths"
)

// addresses is where host-local keeps which pod has which address. It is gone
// after a reboot, as are the network namespaces that the addresses were in.
const addresses = paths.Run + "/cni/networks"

// writeCNIConfig writes the network list by which containerd connects pods
// (https://www.cni.dev/docs/spec/). Its appearing makes the node Ready.
//
// ptp rather than bridge: every packet between pods is routed and so passes
// the service rules. On a bridge, an answer from a pod of the same node goes
// back directly, unless the kernel's br_netfilter diverts it, which not every
// host has loaded and no container can load.
func writeCNIConfig(podCIDR string, mtu int) error {
	type object = map[string]any
	config := object{
		"cniVersion": "1.0.0",
		"name":       "pods",
		"plugins": []object{
			{
				"type": "ptp",
				"mtu":  mtu,
				"ipam": object{
					"type":    "host-local",
					"dataDir": addresses,
					"ranges":  [][]object{{{"subnet": podCIDR}}},
					"routes":  []object{{"dst": "0.0.0.0/0"}},
				},
			},
			{
				"type":         "portmap",
				"backend":      "nftables",
				"capabilities": object{"portMappings": true},
			},
		},
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	if err := files.Replace(paths.CNIConfig+"/10-pods.conflist", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the CNI configuration: %w", err)
	}
	return nil
}

package network

import (
	"fmt"
	"net"
	"net/netip"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// NodeIP returns the address of the interface that has the default route.
func NodeIP() (netip.Addr, error) {
	ip, err := utilnet.ChooseHostInterface()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find this machine's address; set node-ip in the settings: %w", err)
	}
	address, ok := netip.AddrFromSlice(ip)
	if address = address.Unmap(); !ok || !address.Is4() {
		return netip.Addr{}, fmt.Errorf("the default route's address %s is not IPv4; set node-ip in the settings", ip)
	}
	return address, nil
}

// interfaceOf returns the interface that has the address. Its MTU is also that
// of pods, whose packets leave by it unchanged.
func interfaceOf(address netip.Addr) (net.Interface, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return net.Interface{}, err
	}
	for _, candidate := range interfaces {
		own, err := candidate.Addrs()
		if err != nil {
			continue // the interface has just gone
		}
		for _, prefix := range own {
			parsed, err := netip.ParsePrefix(prefix.String())
			if err == nil && parsed.Addr() == address {
				return candidate, nil
			}
		}
	}
	return net.Interface{}, fmt.Errorf("no interface of this machine has the node's address %s; correct node-ip in the settings", address)
}

// CheckNodeIP returns an error unless the machine has the address.
func CheckNodeIP(address netip.Addr) error {
	_, err := interfaceOf(address)
	return err
}

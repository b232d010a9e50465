package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// routeProtocol marks our routes among the kernel's, so that those of nodes
// that are gone can be told from the user's own (rtnetlink(7), rtm_protocol;
// rt_protos of iproute2 names no other user of this number).
const routeProtocol = netlink.RouteProtocol(143)

// Node connects the pods of one node with all others.
type Node struct {
	name    string
	address netip.Addr
	mtu     int
	podCIDR string
}

// NewNode returns the network of the named node.
func NewNode(name string, address netip.Addr) (*Node, error) {
	device, err := interfaceOf(address)
	if err != nil {
		return nil, err
	}
	return &Node{name: name, address: address, mtu: device.MTU}, nil
}

// Run keeps the node's network up to date with the nodes that changes tells
// of, until ctx is done. nodes returns all of them.
func (n *Node) Run(ctx context.Context, changes <-chan struct{}, nodes func() ([]*corev1.Node, error)) {
	for {
		list, err := nodes()
		if err == nil {
			err = n.update(list)
		}
		// A failed update is tried again even if nothing changes.
		retry := time.Duration(1<<63 - 1)
		if err != nil {
			fmt.Printf("network: %v\n", err)
			retry = 5 * time.Second
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		case <-time.After(retry):
		}
	}
}

// TellLinkChanges tells changed, until ctx is done, when addresses or
// interfaces of this machine change: routes go with the interface that they
// leave by, and are not back when it is.
func TellLinkChanges(ctx context.Context, changed chan<- struct{}) error {
	addresses, links := make(chan netlink.AddrUpdate), make(chan netlink.LinkUpdate)
	err := errors.Join(netlink.AddrSubscribe(addresses, ctx.Done()), netlink.LinkSubscribe(links, ctx.Done()))
	if err != nil {
		return fmt.Errorf("watch this machine's interfaces: %w", err)
	}
	go tell(addresses, changed)
	go tell(links, changed)
	return nil
}

func tell[Update any](updates <-chan Update, changed chan<- struct{}) {
	for range updates {
		select {
		case changed <- struct{}{}:
		default: // told already
		}
	}
}

func (n *Node) update(nodes []*corev1.Node) error {
	for _, node := range nodes {
		if node.Name != n.name || node.Spec.PodCIDR == "" || node.Spec.PodCIDR == n.podCIDR {
			continue
		}
		if err := writeCNIConfig(node.Spec.PodCIDR, n.mtu); err != nil {
			return err
		}
		n.podCIDR = node.Spec.PodCIDR
		fmt.Printf("network: pods of this node are in %s\n", n.podCIDR)
	}
	return setRoutes(wantedRoutes(nodes, n.name))
}

// wantedRoutes returns the gateway of each pod network of other nodes.
func wantedRoutes(nodes []*corev1.Node, self string) map[string]string {
	routes := map[string]string{}
	for _, node := range nodes {
		if node.Name == self || node.Spec.PodCIDR == "" {
			continue
		}
		for _, address := range node.Status.Addresses {
			if address.Type == corev1.NodeInternalIP {
				routes[node.Spec.PodCIDR] = address.Address
				break
			}
		}
	}
	return routes
}

// setRoutes makes our routes in the kernel those wanted.
func setRoutes(wanted map[string]string) error {
	filter := &netlink.Route{Protocol: routeProtocol, Table: unix.RT_TABLE_MAIN}
	existing, err := netlink.RouteListFiltered(netlink.FAMILY_V4, filter, netlink.RT_FILTER_PROTOCOL|netlink.RT_FILTER_TABLE)
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	for _, route := range existing {
		if route.Dst != nil && wanted[route.Dst.String()] == route.Gw.String() {
			delete(wanted, route.Dst.String())
			continue
		}
		if err := netlink.RouteDel(&route); err != nil {
			return fmt.Errorf("remove the route to %s: %w", route.Dst, err)
		}
	}
	for destination, gateway := range wanted {
		_, network, err := net.ParseCIDR(destination)
		if err != nil {
			return err
		}
		err = netlink.RouteReplace(&netlink.Route{Dst: network, Gw: net.ParseIP(gateway), Protocol: routeProtocol})
		if err != nil {
			return fmt.Errorf("route %s by %s (are both nodes in one network?): %w", destination, gateway, err)
		}
		fmt.Printf("network: %s is behind %s\n", destination, gateway)
	}
	return nil
}

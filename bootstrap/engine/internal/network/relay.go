package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// RelayAddress is where pods reach the machine's DNS relay: a link-local
// address, the customary one of node-local DNS caches.
const RelayAddress = "169.254.20.10"

// relayTimeout bounds one question, so that lost answers leave nothing behind.
const relayTimeout = 10 * time.Second

// RelayDNS passes the questions that pods of this node ask at RelayAddress on
// to upstream, a name server that only the machine itself can reach, until ctx
// is done.
func RelayDNS(ctx context.Context, upstream netip.Addr) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	address := &netlink.Addr{IPNet: netlink.NewIPNet(net.ParseIP(RelayAddress))}
	if err := netlink.AddrAdd(loopback, address); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add the DNS relay's address %s: %w", RelayAddress, err)
	}
	target := netip.AddrPortFrom(upstream, 53).String()
	listen := net.JoinHostPort(RelayAddress, "53")
	packets, err := net.ListenPacket("udp4", listen)
	if err != nil {
		return fmt.Errorf("listen for DNS at %s: %w", listen, err)
	}
	streams, err := net.Listen("tcp4", listen)
	if err != nil {
		_ = packets.Close()
		return fmt.Errorf("listen for DNS at %s: %w", listen, err)
	}
	context.AfterFunc(ctx, func() { _ = packets.Close(); _ = streams.Close() })
	go relayPackets(packets, target)
	go relayStreams(streams, target)
	return nil
}

func relayPackets(packets net.PacketConn, target string) {
	buffer := make([]byte, 64<<10)
	for {
		size, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return // closed
		}
		question := append([]byte(nil), buffer[:size]...)
		go func() {
			answer, err := exchange(question, target)
			if err == nil {
				_, _ = packets.WriteTo(answer, from)
			}
			// Otherwise the asker's own time-out tells it.
		}()
	}
}

func exchange(question []byte, target string) ([]byte, error) {
	upstream, err := net.Dial("udp", target)
	if err != nil {
		return nil, err
	}
	defer upstream.Close()
	if err := upstream.SetDeadline(time.Now().Add(relayTimeout)); err != nil {
		return nil, err
	}
	if _, err := upstream.Write(question); err != nil {
		return nil, err
	}
	answer := make([]byte, 64<<10)
	size, err := upstream.Read(answer)
	return answer[:size], err
}

func relayStreams(streams net.Listener, target string) {
	for {
		client, err := streams.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer client.Close()
			upstream, err := net.DialTimeout("tcp", target, relayTimeout)
			if err != nil {
				return
			}
			defer upstream.Close()
			deadline := time.Now().Add(relayTimeout)
			_, _ = client.SetDeadline(deadline), upstream.SetDeadline(deadline)
			go func() { _, _ = io.Copy(upstream, client) }()
			_, _ = io.Copy(client, upstream)
		}()
	}
}

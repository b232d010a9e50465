package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// The protocol of netfilter queues: linux/netfilter/nfnetlink.h and
// nfnetlink_queue.h. Payloads are in network byte order.
const (
	netlinkNetfilter = 12
	subsystemQueue   = 3 << 8

	messagePacket  = subsystemQueue | 0
	messageVerdict = subsystemQueue | 1
	messageConfig  = subsystemQueue | 2

	attributePacketHeader  = 1
	attributeVerdictHeader = 2

	configCommand   = 1
	configParams    = 2
	configMaxLength = 3

	commandBind = 1
	copyMeta    = 1

	drop   = 0
	accept = 1

	// maxLength bounds the packets that wait; more than a slow line holds.
	maxLength = 16384
)

// queue is a bound netfilter queue.
type queue struct {
	socket int
	number uint16
	buffer []byte
}

// open binds the queue. Only the packets' metadata come here: they stay in the kernel.
func open(number uint16) (*queue, error) {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkNetfilter)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("bind the netlink socket: %w", err)
	}
	_ = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<20)
	q := &queue{socket: socket, number: number, buffer: make([]byte, 1<<16)}
	params := binary.BigEndian.AppendUint32(nil, 0)
	return q, errors.Join(
		q.configure(configCommand, []byte{commandBind, 0, 0, 0}),
		q.configure(configParams, append(params, copyMeta)),
		q.configure(configMaxLength, binary.BigEndian.AppendUint32(nil, maxLength)),
	)
}

func (q *queue) configure(attribute uint16, value []byte) error {
	if err := q.send(messageConfig, syscall.NLM_F_ACK, attribute, value); err != nil {
		return err
	}
	messages, err := q.read()
	if err != nil {
		return err
	}
	for _, message := range messages {
		if message.Header.Type != syscall.NLMSG_ERROR || len(message.Data) < 4 {
			continue
		}
		if code := int32(binary.NativeEndian.Uint32(message.Data)); code != 0 {
			return fmt.Errorf("configure queue %d: %w", q.number, syscall.Errno(-code))
		}
	}
	return nil
}

// decide lets a packet go, or drops it.
func (q *queue) decide(id uint32, verdict uint32) error {
	value := binary.BigEndian.AppendUint32(nil, verdict)
	return q.send(messageVerdict, 0, attributeVerdictHeader, binary.BigEndian.AppendUint32(value, id))
}

// receive waits for packets, and returns the numbers by which the kernel knows them.
func (q *queue) receive() ([]uint32, error) {
	messages, err := q.read()
	if errors.Is(err, syscall.ENOBUFS) {
		return nil, nil // more came than could be kept: the kernel dropped some
	}
	if err != nil {
		return nil, err
	}
	var ids []uint32
	for _, message := range messages {
		// Behind the general header of netfilter, which has four bytes, attributes
		// follow, each with its length and its type before it.
		const headers = 4 + 4
		if message.Header.Type != messagePacket || len(message.Data) < headers+4 {
			continue
		}
		if binary.NativeEndian.Uint16(message.Data[6:]) == attributePacketHeader {
			ids = append(ids, binary.BigEndian.Uint32(message.Data[headers:]))
		}
	}
	return ids, nil
}

func (q *queue) read() ([]syscall.NetlinkMessage, error) {
	for {
		length, _, err := syscall.Recvfrom(q.socket, q.buffer, 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return syscall.ParseNetlinkMessage(q.buffer[:length])
	}
}

func (q *queue) send(kind, flags, attribute uint16, value []byte) error {
	const headers = syscall.NLMSG_HDRLEN + 4 + 4
	padded := (len(value) + 3) &^ 3
	message := make([]byte, 0, headers+padded)
	message = binary.NativeEndian.AppendUint32(message, uint32(headers+padded))
	message = binary.NativeEndian.AppendUint16(message, kind)
	message = binary.NativeEndian.AppendUint16(message, syscall.NLM_F_REQUEST|flags)
	message = append(message, 0, 0, 0, 0, 0, 0, 0, 0) // sequence number and sender, which nobody asks for
	message = append(message, syscall.AF_UNSPEC, 0)
	message = binary.BigEndian.AppendUint16(message, q.number)
	message = binary.NativeEndian.AppendUint16(message, uint16(4+len(value)))
	message = binary.NativeEndian.AppendUint16(message, attribute)
	message = append(message, value...)
	message = append(message, make([]byte, padded-len(value))...)
	return syscall.Sendto(q.socket, message, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
}

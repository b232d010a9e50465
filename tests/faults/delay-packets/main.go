// Command delay-packets holds back the packets of a netfilter queue, and drops
// some of them, on kernels without netem (tc-netem(8)), which does the same.
//
//	iptables -t mangle -A POSTROUTING -d ADDRESS -j NFQUEUE --queue-num 7 --queue-bypass
//	delay-packets -queue 7 -delay 200ms -loss 0.05
//
// With --queue-bypass packets pass undelayed when it has ended.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

// held is a packet that waits for its moment.
type held struct {
	id  uint32
	due time.Time
}

func main() {
	number := flag.Uint("queue", 0, "the number of the netfilter queue")
	delay := flag.Duration("delay", 0, "how long each packet is held back")
	loss := flag.Float64("loss", 0, "the part of the packets that is dropped, from 0 to 1")
	flag.Parse()
	if *number > 65535 || *delay < 0 || *loss < 0 || *loss > 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(uint16(*number), *delay, *loss); err != nil {
		fmt.Fprintf(os.Stderr, "delay-packets: %v\n", err)
		os.Exit(1)
	}
}

func run(number uint16, delay time.Duration, loss float64) error {
	queue, err := open(number)
	if err != nil {
		return err
	}
	fmt.Println("delaying")
	// The delay is the same for all, so they are due in the order in which they came.
	waiting := make(chan held, maxLength)
	go func() {
		for packet := range waiting {
			time.Sleep(time.Until(packet.due))
			// A packet that can't be let go is lost, as on a bad network.
			_ = queue.decide(packet.id, accept)
		}
	}()
	for {
		ids, err := queue.receive()
		if err != nil {
			return err
		}
		for _, id := range ids {
			if rand.Float64() < loss {
				_ = queue.decide(id, drop)
				continue
			}
			waiting <- held{id, time.Now().Add(delay)}
		}
	}
}

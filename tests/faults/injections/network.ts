import type { FaultCluster, Machine } from '../cluster/fault-cluster.ts';
import { allKinds, type Fault } from '../fault.ts';
import { firstAgent, needsAgent } from './machines.ts';

const PARTITION_SECONDS = 50;
const DNS_DOWN_SECONDS = 30;
/** The nftables table of this suite; removing it takes back all that is in it. */
export const FAULT_TABLE = 'orchestrator_fault';

/** Both nodes run, and can't reach each other. */
export const partition: Fault = {
  name: 'partition',
  title: 'Partition the two nodes, then heal',
  expected: `The nodes drop each other’s packets for ${PARTITION_SECONDS} s. The master’s side serves movies again within 45 s; orders where most of the brokers are on it, else they are refused. No side acknowledges what is lost later. Healed, all is served within 60 s.`,
  musts: {
    read: { servedWithin: 45 },
    movie: { servedWithin: 45 },
    order: { servedWithinOfHealing: 60 },
  },
  unfit: needsAgent,
  async inject({ cluster, undo, injecting, note }) {
    const agent = firstAgent(cluster);
    const others = await listAddresses(cluster, agent);
    undo.defer(async () => {
      await agent.remote.run(removePartition);
    });
    injecting(`${agent.name} is cut off`);
    await agent.remote.run(createPartition(others));
    note(`nftables on ${agent.name} drops all packets from and to ${others.join(', ')}`);
    await cluster.hold(PARTITION_SECONDS);
  },
};

/** No name is resolved in the cluster. */
export const dnsDown: Fault = {
  name: 'dns-down',
  title: 'DNS down',
  expected: `CoreDNS has no pod for ${DNS_DOWN_SECONDS} s. Connections that are there serve on; all is served within 15 s of its return.`,
  musts: allKinds({ servedWithinOfHealing: 15 }),
  async inject({ cluster, undo, injecting }) {
    const dns = ['--namespace=kube-system', 'deployment/coredns'];
    const replicas = await cluster.kubectl('get', ...dns, '--output=jsonpath={.spec.replicas}');
    injecting('CoreDNS is scaled to 0');
    undo.defer(async () => {
      await cluster.kubectl('scale', ...dns, `--replicas=${replicas}`);
      await cluster.kubectl('rollout', 'status', ...dns, '--timeout=60s');
    });
    await cluster.kubectl('scale', ...dns, '--replicas=0');
    await cluster.hold(DNS_DOWN_SECONDS);
  },
};

/** The addresses of all other machines and of the pods on them, as a machine sees them. */
export async function listAddresses(cluster: FaultCluster, machine: Machine): Promise<readonly string[]> {
  const path = '--output=jsonpath={range .items[*]}{.metadata.name} {.spec.podCIDR}{"\\n"}{end}';
  const podRanges = new Map(
    (await cluster.kubectl('get', 'nodes', path))
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  return cluster.machines
    .filter(({ name }) => name !== machine.name)
    .flatMap(({ name, address }) => [address, podRanges.get(name) ?? '']);
}

export const removePartition = `nft delete table ip ${FAULT_TABLE} 2>/dev/null || true`;

/** Drops at the very first and the very last hook, so that forwarded packets are caught as well. */
function createPartition(addresses: readonly string[]): string {
  const set = `{ ${addresses.join(', ')} }`;
  return `nft -f - <<EOF
table ip ${FAULT_TABLE} {
  chain in { type filter hook prerouting priority -400; ip saddr ${set} drop; }
  chain out { type filter hook postrouting priority 400; ip daddr ${set} drop; }
}
EOF`;
}

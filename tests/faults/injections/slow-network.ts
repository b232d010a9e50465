import { join } from 'node:path';
import type { FaultCluster, Machine } from '../cluster/fault-cluster.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import type { Fault } from '../fault.ts';
import { firstAgent, needsAgent } from './machines.ts';
import { listAddresses } from './network.ts';

const SLOW_SECONDS = 45;
/** After this time packets pass undelayed, whatever became of who started it. */
const LIMIT_SECONDS = 600;
const DELAY_MS = 200;
const LOSS_PERCENT = 5;
const QUEUE = 7;
const SOURCE = join(import.meta.dirname, '..', 'delay-packets');
const FOLDER = '/var/lib/orchestrator-fault';
const PROGRAM = `${FOLDER}/delay-packets`;

/** What the agent sends to other nodes comes late, or not at all. */
export const slowNetwork: Fault = {
  name: 'slow-network',
  title: `Slow network (${DELAY_MS} ms, ${LOSS_PERCENT} % loss)`,
  expected: `What the agent sends to the master comes ${DELAY_MS} ms late, and ${LOSS_PERCENT} % of it never, for ${SLOW_SECONDS} s. Requests take longer; what fails meanwhile was not acknowledged; then all is served within 15 s.`,
  musts: {
    read: { servedWithinOfHealing: 15 },
    movie: { servedWithinOfHealing: 15 },
    order: { servedWithinOfHealing: 15 },
  },
  unfit: needsAgent,
  async inject({ cluster, undo, injecting, note }) {
    const agent = firstAgent(cluster);
    const addresses = await listAddresses(cluster, agent);
    undo.defer(async () => {
      await agent.remote.run(removeSlowness(addresses));
    });
    const netem = await agent.remote.attempt(addNetem(cluster.master.address));
    if (netem.exitCode === 0) note(`tc qdisc … netem on ${agent.name}, for all that it sends`);
    else {
      await addQueue(cluster, agent, addresses);
      note(
        `the kernel of ${agent.name} has no netem (${netem.stderr.trim().split('\n').at(-1)}), so a program of ours delays and drops, by a netfilter queue, all packets from ${agent.name} to ${addresses.join(', ')}`,
      );
    }
    injecting(`${agent.name} sends slowly`);
    await cluster.hold(SLOW_SECONDS);
  },
};

const findDevice = (address: string) =>
  `device=$(ip -o route get ${address} | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')`;

function addNetem(address: string): string {
  return `${findDevice(address)}
modprobe sch_netem 2>/dev/null || true
tc qdisc add dev "$device" root netem delay ${DELAY_MS}ms loss ${LOSS_PERCENT}%`;
}

const rule = (action: '-A' | '-D', address: string) =>
  `iptables -t mangle ${action} POSTROUTING -d ${address} -j NFQUEUE --queue-num ${QUEUE} --queue-bypass`;

async function addQueue(
  { context }: FaultCluster,
  { remote }: Machine,
  addresses: readonly string[],
): Promise<void> {
  const built = join(context.directories.cache, 'delay-packets');
  const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
  await context.shell.run('go', ['build', '-trimpath', '-o', built, '.'], { cwd: SOURCE, env });
  await remote.copy(built, PROGRAM, '0755');
  const args = `-queue ${QUEUE} -delay ${DELAY_MS}ms -loss ${LOSS_PERCENT / 100}`;
  await remote.run(`cd ${FOLDER}
setsid timeout ${LIMIT_SECONDS} ${PROGRAM} ${args} > output 2>&1 < /dev/null &
echo $! > pid`);
  const wait = { description: 'a program that delays packets', timeoutMs: 10_000, signal: context.signal };
  await waitUntil(wait, async () => {
    const { stdout } = await remote.attempt(`cat ${FOLDER}/output`);
    return stdout.includes('delaying') ? [] : [stdout];
  });
  await remote.run(addresses.map((address) => rule('-A', address)).join('\n'));
}

/** Takes back both ways; changes nothing where there is nothing to take back. */
function removeSlowness(addresses: readonly string[]): string {
  const [peer = ''] = addresses;
  const rules = addresses.map((address) => `while ${rule('-D', address)} 2>/dev/null; do :; done`);
  return [...rules, stopSlowness(peer)].join('\n');
}

/** @returns a script after which packets pass undelayed, whatever rules are left */
export function stopSlowness(peer: string): string {
  return `if [ -f ${FOLDER}/pid ]; then kill "$(cat ${FOLDER}/pid)" 2>/dev/null || true; rm -f ${FOLDER}/pid; fi
${findDevice(peer)}
tc qdisc del dev "$device" root netem 2>/dev/null || true`;
}

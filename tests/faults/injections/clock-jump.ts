import { join } from 'node:path';
import { DATABASE_CONTAINER, DATABASES, findMembers, makeLeaders, runSql } from '../cluster/databases.ts';
import type { Machine } from '../cluster/fault-cluster.ts';
import { machineOf, type Pod } from '../cluster/pods.ts';
import { allKinds, type Fault, type FaultRun } from '../fault.ts';
import { firstAgent, needsAgent } from './machines.ts';
import { needsReplica } from './volumes.ts';

const JUMP_SECONDS = 3600;
const JUMPED_SECONDS = 30;
const SOURCE = join(import.meta.dirname, '..', 'shift-clock', 'shift-clock.c');
/** Where the agent keeps the library, and which image's files it has been added to. */
const FOLDER = '/var/lib/orchestrator-fault';
/** In the containers; shift-clock.c knows it, too. */
const PLACE = 'usr/lib/orchestrator-fault';

/** A node's clock is suddenly wrong, and suddenly right again. */
export const clockJump: Fault = {
  name: 'clock-jump',
  title: 'Clock jump on one node',
  expected:
    'The agent’s clock jumps an hour ahead while a database leader is there, and back after 30 s. Leases are kept by time that has passed, so all is served, at most for 15 s it is not.',
  musts: allKinds({ servedWithin: 15 }),
  unfit: async (cluster) => (await needsAgent(cluster)) ?? (await needsReplica(cluster)),
  async prepare(run) {
    const agent = firstAgent(run.cluster);
    if (hasOwnClock(run)) return;
    await takeClockOfItsOwn(run, agent);
    const members = await findMembersOn(run, agent);
    await makeLeaders(
      run,
      new Map(DATABASES.map((database, index) => [database, members[index]?.name ?? ''])),
    );
  },
  async inject(run) {
    const agent = firstAgent(run.cluster);
    run.undo.defer(async () => {
      await jump(run, agent, -JUMP_SECONDS);
    });
    run.injecting(`the clock of ${agent.name} jumps ${JUMP_SECONDS} s ahead`);
    await jump(run, agent, JUMP_SECONDS);
    await run.cluster.hold(JUMPED_SECONDS / 2);
    await proveJump(run, agent);
    await run.cluster.hold(JUMPED_SECONDS / 2);
  },
};

/** Machines that are containers have their host's clock, which is nobody's to change. */
function hasOwnClock({ cluster }: FaultRun): boolean {
  return cluster.provider !== 'docker';
}

async function jump(run: FaultRun, { remote }: Machine, seconds: number): Promise<void> {
  if (hasOwnClock(run)) {
    await remote.run(`date -s "@$(($(date +%s) + ${seconds}))"`);
    run.note(`date --set on ${firstAgent(run.cluster).name}, by ${seconds} s`);
    return;
  }
  const shift = Buffer.alloc(8);
  shift.writeBigInt64LE(BigInt(Math.max(0, seconds)));
  // The same file, not another of its name: it is mapped into every process.
  await remote.run(`base64 -d | dd of="$(cat ${FOLDER}/layer)/${PLACE}/shift" conv=notrunc 2>/dev/null`, {
    input: shift.toString('base64'),
  });
}

/** Adds a library to the files that all containers of the databases' image have on the agent, and restarts them. */
async function takeClockOfItsOwn(run: FaultRun, agent: Machine): Promise<void> {
  const { cluster, undo, note } = run;
  const { shell, directories } = cluster.context;
  const library = join(directories.cache, 'shift-clock.so');
  await shell.run('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE]);
  await agent.remote.copy(library, `${FOLDER}/shift-clock.so`, '0755');
  const restart = async () => {
    const members = await findMembersOn(run, agent);
    await cluster.kubectl('delete', 'pods', ...members.map(({ name }) => name));
    await run.settled();
  };
  undo.defer(async () => {
    await agent.remote.run(removeLibrary);
    await restart();
  });
  const [member] = await findMembersOn(run, agent);
  await agent.remote.run(addLibrary(member?.containerIds[DATABASE_CONTAINER] ?? ''));
  await restart();
  note(
    `the machine ${agent.name} is a container and has the clock of its host, which was not touched; instead, a library of ours gave a wall clock of its own to all processes of the databases’ containers on ${agent.name} (PostgreSQL and Patroni), and that clock jumped`,
  );
}

/** The topmost layer of the image is the first of the container's lower directories (mount(8), overlay). */
function addLibrary(containerId: string): string {
  return `group=$(grep -ls ${containerId} /proc/[0-9]*/cgroup | head -n 1)
layer=$(sed -n 's#.* / / .*lowerdir=\\([^:,]*\\).*#\\1#p' "\${group%/cgroup}/mountinfo")
case "$layer" in /*) ;; *) echo "the image's layer was not found: '$layer'" >&2; exit 1 ;; esac
printf %s "$layer" > ${FOLDER}/layer
mkdir -p "$layer/${PLACE}" "$layer/etc"
dd if=/dev/zero of="$layer/${PLACE}/shift" bs=4096 count=1 2>/dev/null
cp ${FOLDER}/shift-clock.so "$layer/${PLACE}/"
echo /${PLACE}/shift-clock.so > "$layer/etc/ld.so.preload"`;
}

/** Changes nothing where there is none. Processes that have it go on with the right time. */
export const removeLibrary = `if [ -f ${FOLDER}/layer ]; then
  layer=$(cat ${FOLDER}/layer)
  dd if=/dev/zero of="$layer/${PLACE}/shift" bs=4096 count=1 conv=notrunc 2>/dev/null || true
  rm -f "$layer/etc/ld.so.preload" ${FOLDER}/layer
fi`;

async function proveJump(run: FaultRun, agent: Machine): Promise<void> {
  const members = await findMembersOn(run, agent);
  for (const [index, database] of DATABASES.entries()) {
    const member = members[index];
    if (!member) continue;
    const [[seconds = ''] = []] = await runSql(
      run.cluster,
      member,
      database,
      `SELECT round(extract(epoch FROM clock_timestamp()) - ${Date.now() / 1000})`,
    );
    if (Math.abs(Number(seconds) - JUMP_SECONDS) > 30)
      throw new Error(`The clock of ${member.name} is ${seconds} s ahead`);
    run.note(`the clock of ${member.name} is ${seconds} s ahead of the host’s`);
  }
}

/** The members that run on a machine, in the order of the databases. */
async function findMembersOn({ cluster }: FaultRun, machine: Machine): Promise<readonly Pod[]> {
  return await Promise.all(
    DATABASES.map(async (database) => {
      const { leader, replicas } = await findMembers(cluster, database);
      const member = [leader, ...replicas].find((pod) => machineOf(cluster, pod).name === machine.name);
      if (!member) throw new Error(`${database.name} has no member on ${machine.name}`);
      return member;
    }),
  );
}

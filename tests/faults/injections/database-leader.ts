import { DATABASE_CONTAINER, DATABASES, findMembers } from '../cluster/databases.ts';
import { machineOf, type Pod, signalContainer } from '../cluster/pods.ts';
import { allKinds, type Fault, type FaultRun } from '../fault.ts';

/** Long enough that a leader's lease has run out, and somebody else has taken over. */
const FROZEN_SECONDS = 40;

/** The server process of each leader is killed. */
export const killLeader: Fault = {
  name: 'kill-leader',
  title: 'kill -9 the database leader',
  expected:
    'The postmaster of each leader is killed, one database after the other; writes are served again within 15 s.',
  musts: allKinds({ servedWithin: 15 }),
  async inject(run) {
    for (const database of DATABASES) {
      const { leader } = await findMembers(run.cluster, database);
      run.injecting(`kill -9 of the postmaster in ${leader.name}`);
      await killPostmaster(run, leader);
      await run.settled();
    }
  },
};

/** The leaders neither work nor end. */
export const freezeLeader: Fault = {
  name: 'freeze-leader',
  title: 'Freeze the leader (SIGSTOP)',
  expected: `All processes of both leaders stand still for ${FROZEN_SECONDS} s. Others lead instead, and writes are served again within 15 s; woken, the old leaders follow, and nothing that they took is lost.`,
  musts: allKinds({ servedWithin: 15 }),
  async inject(run) {
    const leaders = await Promise.all(
      DATABASES.map(async (database) => (await findMembers(run.cluster, database)).leader),
    );
    run.injecting(`SIGSTOP to ${leaders.map(({ name }) => name).join(', ')}`);
    await Promise.all(
      leaders.map(async (leader) => {
        run.undo.defer(() => signalContainer(run.cluster, leader, DATABASE_CONTAINER, 'CONT'));
        await signalContainer(run.cluster, leader, DATABASE_CONTAINER, 'STOP');
      }),
    );
    await run.cluster.hold(FROZEN_SECONDS);
  },
};

/** Kills the one process of the container that is PostgreSQL's and no child of PostgreSQL's. */
async function killPostmaster({ cluster }: FaultRun, pod: Pod): Promise<void> {
  const id = pod.containerIds[DATABASE_CONTAINER];
  await machineOf(cluster, pod).remote.run(
    `for group in $(grep -ls ${id} /proc/[0-9]*/cgroup); do
       folder=\${group%/cgroup}
       [ "$(cat "$folder/comm" 2>/dev/null)" = postgres ] || continue
       parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$folder/status" 2>/dev/null) || continue
       [ "$(cat "/proc/$parent/comm" 2>/dev/null)" != postgres ] || continue
       kill -KILL "\${folder#/proc/}"
       exit
     done
     echo 'no postmaster was found' >&2; exit 1`,
  );
}

import { quote } from '../../../bootstrap/lib/shell.ts';
import { findMembers, INVENTORY, makeLeaders, runSql } from '../cluster/databases.ts';
import type { FaultCluster } from '../cluster/fault-cluster.ts';
import { findPod, listPods, machineOf, type Pod } from '../cluster/pods.ts';
import { boundVolume, claimOf, unboundVolume, volumeFolderOf, whilePodIsDown } from '../cluster/volumes.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import { allKinds, type Fault } from '../fault.ts';

const BOUNDED_MEBIBYTES = 384;
const FULL_SECONDS = 40;
/** Of a movie's row there are about a hundred in a page; a page that is full is not written again. */
const FILLER_ROWS = 500;

/** Says why a fault that needs a second copy of the data can't be run. */
export async function needsReplica(cluster: FaultCluster): Promise<string | undefined> {
  const { replicas } = await findMembers(cluster, INVENTORY);
  return replicas.length > 0 ? undefined : 'the databases are not replicated';
}

/** Nothing more can be written to the volume of the inventory's leader. */
export const fillVolume: Fault = {
  name: 'fill-volume',
  title: 'Fill a database volume',
  expected: `The volume of the inventory’s leader has no free byte for ${FULL_SECONDS} s. The other member, whose volume has room, leads: all is served within 15 s. The one without room catches up when there is some.`,
  musts: {
    read: { servedWithin: 15 },
    movie: { servedWithin: 15 },
    order: { noFailure: true },
  },
  unfit: needsReplica,
  async prepare(run) {
    const { cluster, undo, note } = run;
    const pod = (await findMembers(cluster, INVENTORY)).replicas[0];
    if (!pod) throw new Error('There is no replica');
    const folder = await volumeFolderOf(cluster, pod);
    undo.defer(async () => {
      await whilePodIsDown(cluster, await findPod(cluster, pod.name), unboundVolume(folder));
    });
    await whilePodIsDown(cluster, pod, boundVolume(folder, BOUNDED_MEBIBYTES));
    note(`the volume of ${pod.name} is on a file system of its own of ${BOUNDED_MEBIBYTES} MiB, in memory`);
    await run.settled();
    await makeLeaders(run, new Map([[INVENTORY, pod.name]]));
  },
  async inject({ cluster, undo, injecting }) {
    const { leader } = await findMembers(cluster, INVENTORY);
    const { remote } = machineOf(cluster, leader);
    const filler = quote(`${await volumeFolderOf(cluster, leader)}/filler`);
    injecting(`filling the volume of ${leader.name}`);
    undo.defer(async () => {
      await remote.run(`rm -f ${filler}`);
    });
    await remote.run(
      `for size in 1M 4k; do dd if=/dev/zero bs=$size oflag=append conv=notrunc of=${filler} 2>/dev/null || true; done`,
    );
    await cluster.hold(FULL_SECONDS);
  },
};

/** A leader's volume is deleted with all that is on it. */
export const deleteClaim: Fault = {
  name: 'delete-claim',
  title: 'Delete a volume claim',
  expected:
    'The claim of the inventory’s leader is deleted, then its pod. The other member leads within 15 s; the pod gets an empty volume and clones itself.',
  musts: allKinds({ servedWithin: 15 }),
  unfit: needsReplica,
  async inject({ cluster, injecting }) {
    const { leader } = await findMembers(cluster, INVENTORY);
    injecting(`deleting ${claimOf(leader)} and ${leader.name}`);
    await deleteVolume(cluster, leader);
  },
};

/** Bits rot on a replica. */
export const corruptReplica: Fault = {
  name: 'corrupt-replica',
  title: 'Corrupt a replica’s data file',
  expected:
    'Half a page of the movies is overwritten on the replica. Nobody is served from it; the checksum tells when the page is read; a fresh volume mends it. All is served within 15 s of each step.',
  musts: allKinds({ servedWithin: 15 }),
  unfit: needsReplica,
  async prepare({ cluster, undo }) {
    const title = 'filler of the fault suite';
    const { leader } = await findMembers(cluster, INVENTORY);
    undo.defer(async () => {
      const members = await findMembers(cluster, INVENTORY);
      await runSql(cluster, members.leader, INVENTORY, `DELETE FROM movies WHERE title = '${title}'`);
    });
    await runSql(
      cluster,
      leader,
      INVENTORY,
      `INSERT INTO movies (title, description, created_at, updated_at)
       SELECT '${title}', '', now(), now() FROM generate_series(1, ${FILLER_ROWS})`,
    );
    await runSql(cluster, leader, INVENTORY, 'CHECKPOINT');
  },
  async inject(run) {
    const { cluster, injecting, note } = run;
    const pod = (await findMembers(cluster, INVENTORY)).replicas[0];
    if (!pod) throw new Error('There is no replica');
    // Writes what it holds of the page to the file; later the rot would be overwritten by it.
    await runSql(cluster, pod, INVENTORY, 'CHECKPOINT');
    injecting(`overwriting half a page of the movies of ${pod.name}`);
    await rot(cluster, pod);
    injecting(`${pod.name} starts again, without the page in its memory`);
    await cluster.kubectl('delete', 'pod', pod.name);
    await run.settled();
    note(`reading the page: ${await readRottenPage(cluster, pod.name)}`);
    injecting(`${pod.name} gets a fresh volume`);
    await deleteVolume(cluster, await findPod(cluster, pod.name));
  },
  async check({ cluster }) {
    const { replicas } = await findMembers(cluster, INVENTORY);
    for (const replica of replicas)
      await runSql(cluster, replica, INVENTORY, 'SELECT sum(length(title)) FROM movies');
  },
};

async function rot(cluster: FaultCluster, pod: Pod): Promise<void> {
  const [[file = ''] = []] = await runSql(cluster, pod, INVENTORY, "SELECT pg_relation_filepath('movies')");
  const folder = await volumeFolderOf(cluster, pod);
  await machineOf(cluster, pod).remote.run(
    `file=$(find ${quote(folder)} -path '*/'${quote(file)})
     dd if=/dev/urandom of="$file" bs=1 seek=4096 count=4096 conv=notrunc 2>/dev/null; sync`,
  );
}

/** @returns what PostgreSQL says; throws where it returns rows as if all were well */
async function readRottenPage(cluster: FaultCluster, pod: string): Promise<string> {
  try {
    await runSql(cluster, await findPod(cluster, pod), INVENTORY, 'SELECT sum(length(title)) FROM movies');
  } catch (error) {
    const [, message] = String(error).match(/ERROR: +(.*)/) ?? [];
    if (message?.includes('invalid page')) return message;
    throw error;
  }
  throw new Error(`${pod} read a rotten page without noticing`);
}

/** The claim goes when its pod has; the StatefulSet makes another. */
async function deleteVolume(cluster: FaultCluster, pod: Pod): Promise<void> {
  await cluster.kubectl('delete', 'pvc', claimOf(pod), '--wait=false');
  await cluster.kubectl('delete', 'pod', pod.name, '--wait=false');
  const wait = {
    description: `a pod ${pod.name} with a volume of its own`,
    timeoutMs: 120_000,
    signal: cluster.context.signal,
  };
  await waitUntil(wait, async () => {
    const next = (await listPods(cluster)).find(({ name }) => name === pod.name);
    const claim = await cluster.tryKubectl([
      'get',
      'pvc',
      claimOf(pod),
      '--output=jsonpath={.metadata.deletionTimestamp}',
    ]);
    if (claim.exitCode !== 0 || claim.stdout !== '') return ['the old claim is not gone'];
    return next && next.uid !== pod.uid ? [] : ['the old pod is not gone'];
  });
}

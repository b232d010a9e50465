import { quote } from '../../../bootstrap/lib/shell.ts';
import type { FaultCluster } from './fault-cluster.ts';
import { listPods, machineOf, type Pod } from './pods.ts';
import { waitUntil } from './wait-until.ts';

const POD_TIMEOUT_MS = 120_000;

/** The claim of a pod of a StatefulSet whose template calls it `data`. */
export function claimOf({ name }: Pod): string {
  return `data-${name}`;
}

/** The folder of a pod's volume, on the machine that the pod runs on. */
export async function volumeFolderOf(cluster: FaultCluster, pod: Pod): Promise<string> {
  const claim = await cluster.kubectl('get', 'pvc', claimOf(pod), '--output=jsonpath={.spec.volumeName}');
  const path = '--output=jsonpath={.spec.hostPath.path}{.spec.local.path}';
  const folder = await cluster.kubectl('get', 'pv', claim, path);
  if (!folder.startsWith('/')) throw new Error(`The volume of ${pod.name} has no folder on its node`);
  return folder;
}

/**
 * Does something on a pod's machine while the pod is down: its volume lets it run there only, and nothing is
 * scheduled there meanwhile.
 */
export async function whilePodIsDown(cluster: FaultCluster, pod: Pod, script: string): Promise<void> {
  const machine = machineOf(cluster, pod);
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => {
    await cluster.kubectl('uncordon', machine.name);
  });
  await cluster.kubectl('cordon', machine.name);
  await cluster.kubectl('delete', 'pod', pod.name, '--wait=false');
  const wait = {
    description: `the end of ${pod.name}`,
    timeoutMs: POD_TIMEOUT_MS,
    signal: cluster.context.signal,
  };
  await waitUntil(wait, async () => {
    const pods = await listPods(cluster);
    return pods.some(({ uid }) => uid === pod.uid) ? ['it is there'] : [];
  });
  await machine.remote.run(script);
}

/**
 * @returns a script that puts a folder's files onto a file system of its own, which can be filled without harm to
 *   the machine: one in memory, the only kind that every machine can make
 */
export function boundVolume(folder: string, mebibytes: number): string {
  const [volume, copy] = [quote(folder), quote(`${folder}.bounded`)];
  return `mountpoint -q ${volume} && exit
mkdir -p ${copy}
mount -t tmpfs -o size=${mebibytes}m tmpfs ${copy}
cp -a ${volume}/. ${copy}/
chown --reference=${volume} ${copy}; chmod --reference=${volume} ${copy}
mount --bind ${copy} ${volume}
umount ${copy}; rmdir ${copy}`;
}

/** @returns a script that takes {@link boundVolume} back, with what has been written meanwhile; it may be run again */
export function unboundVolume(folder: string): string {
  const [volume, copy] = [quote(folder), quote(`${folder}.unbounded`)];
  return `mkdir -p ${copy}
if mountpoint -q ${volume} && ! mountpoint -q ${copy}; then mount --bind ${volume} ${copy}; fi
if mountpoint -q ${copy}; then
  if mountpoint -q ${volume}; then umount ${volume}; fi
  find ${volume} -mindepth 1 -delete
  cp -a ${copy}/. ${volume}/
  umount ${copy}
fi
rmdir ${copy}`;
}

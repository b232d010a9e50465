import { removeLibrary } from '../injections/clock-jump.ts';
import { removePartition } from '../injections/network.ts';
import { controlService } from '../injections/node-services.ts';
import { stopSlowness } from '../injections/slow-network.ts';
import type { FaultCluster } from './fault-cluster.ts';

/**
 * Takes back whatever a run that was killed may have left broken: machines, rules, services, stopped processes.
 * Each part changes nothing where there is nothing to take back.
 */
export async function restoreMachines(cluster: FaultCluster): Promise<void> {
  await Promise.all(
    cluster.machines.map(async ({ name, remote }) => {
      const peer = cluster.machines.find((other) => other.name !== name);
      // "T": stopped by a signal (proc_pid_stat(5)).
      const wake = `for stat in /proc/[0-9]*/stat; do
        { read -r line < "$stat"; } 2>/dev/null || continue
        case "\${line##*) }" in T*) kill -s CONT "\${line%% *}" || true ;; esac
      done`;
      await remote.run(
        [
          removePartition,
          removeLibrary,
          ...(peer ? [stopSlowness(peer.address)] : []),
          wake,
          `{ ${controlService('start')}; } >/dev/null 2>&1 || true`,
        ].join('\n'),
      );
    }),
  );
  // Where the API server has just been started, it may take a moment; the wait for the whole cluster follows.
  for (const { name } of cluster.machines) await cluster.tryKubectl(['uncordon', name]);
  const dns = ['--namespace=kube-system', 'deployment/coredns'];
  const { stdout } = await cluster.tryKubectl(['get', ...dns, '--output=jsonpath={.spec.replicas}']);
  if (stdout !== '0') return;
  await cluster.kubectl('scale', ...dns, `--replicas=${Math.min(2, cluster.machines.length)}`);
}

import { readAdminKubeconfig } from '../../bootstrap/commands/cluster-access.ts';
import { connectKubernetes, type KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import type { Context } from '../../bootstrap/settings/context.ts';
import { type ClusterPlace, openContext } from '../support/open-context.ts';
import { ScaleRepository } from './scale-repository.ts';
import { ScaledCluster } from './scaled-cluster.ts';

/** What a benchmark of scale works with. */
export interface ScaleSession {
  readonly context: Context;
  readonly client: KubernetesClient;
  readonly repository: ScaleRepository;
  readonly cluster: ScaledCluster;
}

/**
 * Opens a cluster that runs, does some work on it, and takes back whatever was pushed, also what a run before has left
 * behind; so does one that fails or is interrupted.
 *
 * @param signal aborted by Ctrl-C
 */
export async function withScaledCluster<T>(
  place: ClusterPlace,
  signal: AbortSignal,
  work: (session: ScaleSession) => Promise<T>,
): Promise<T> {
  const context = await openContext(place, 'scale', signal);
  try {
    const client = connectKubernetes(await readAdminKubeconfig(context));
    const repository = await ScaleRepository.open(context);
    try {
      const cluster = new ScaledCluster(client, repository, place.name, signal);
      await cluster.restore();
      try {
        return await Promise.race([work({ context, client, repository, cluster }), rejectAt(signal)]);
      } finally {
        await cluster.restore();
      }
    } finally {
      await repository.close();
    }
  } finally {
    await context.log.close();
  }
}

/** Rejects at Ctrl-C, and never resolves. */
function rejectAt(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  if (signal.aborted) reject(signal.reason);
  return promise;
}

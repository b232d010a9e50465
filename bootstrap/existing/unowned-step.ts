import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { findOthers } from '../lib/owned-objects.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';

const SHOWN = 8;

/**
 * Refuses a cluster in which something of somebody else has the name of something that `create` would put there:
 * their Argo CD, their namespace. Changes nothing.
 *
 * @param objects all that `create` applies itself
 */
export function unownedStep(
  { cluster }: Pick<Context, 'cluster'>,
  kubernetes: () => Promise<KubernetesClient>,
  objects: () => Promise<readonly ManagedObject[]>,
): Step {
  return {
    title: 'Check that nothing is in the way',
    run: async () => {
      const others = await findOthers(await kubernetes(), cluster.name, await objects());
      if (others.length === 0) return;
      const names = others.map(describe);
      const rest = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
      throw new UserError(
        `the cluster has these already, and not from this program; nothing has been changed in it: ${names.slice(0, SHOWN).join(', ')}${rest}`,
        'Take another cluster, or remove them there if nobody needs them.',
      );
    },
  };
}

function describe({ kind, metadata }: ManagedObject): string {
  return [kind, metadata?.namespace, metadata?.name].filter(Boolean).join('/');
}

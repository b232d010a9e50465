import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { SECRET } from '../lib/resource-kinds.ts';

/**
 * Has every Secret written as the API server stores them now: encrypted, where it was written before that was so. A
 * change that changes nothing does it, and leaves alone what is stored right already
 * (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#ensure-all-secrets-are-encrypted).
 */
export function encryptSecretsStep(kubernetes: () => Promise<KubernetesClient>): Step {
  return {
    title: 'Encrypt the secrets in the data store',
    run: async () => {
      const client = await kubernetes();
      const secrets = await client.list(SECRET);
      for (const { metadata } of secrets) {
        await client.merge(SECRET, metadata?.name ?? '', metadata?.namespace, {});
      }
      return undefined;
    },
  };
}

import { commitPaths } from '../lib/git.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { requireSealingKey } from '../secrets/require-sealing-key.ts';
import type { ResealTools } from '../secrets/reseal.ts';
import {
  endSealingKeyRotation,
  findNextSealingKey,
  listOpeningKeys,
  promoteNextSealingKey,
  provideNextSealingKey,
  provideSealingKey,
  shortFingerprint,
} from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { putSealingKeys } from '../steps/sealing-keys.ts';
import { type Delivery, waitUntilOpened } from './deliver-commits.ts';
import {
  readSealedFiles,
  requireCommittedSecrets,
  requireOpenable,
  resealFiles,
  sealedSecretsIn,
  secretsPath,
} from './sealed-files.ts';

/** What the steps of a rotation take from others. */
export interface RotationInputs {
  readonly kubernetes: () => Promise<KubernetesClient>;
  readonly kubeseal: () => Promise<string>;
  readonly delivery: Delivery;
}

/**
 * The steps of a rotation of the sealing key. The new key is in the cluster before anything is sealed with it, and
 * the old one stays there, so that at every moment the cluster opens what git holds. Killed at any moment, the same
 * steps go on with the same new key: it is the next one until all are through.
 */
export function rotateKeysSteps(context: Context, inputs: RotationInputs): Step[] {
  const { shell, directories, cluster, repository } = context;
  const folder = directories.data;
  const tools = async (): Promise<ResealTools> => ({
    shell,
    kubeseal: await inputs.kubeseal(),
    keys: await listOpeningKeys(folder),
  });
  return [
    {
      title: 'Check the sealed secrets',
      run: async () => {
        await requireSealingKey(folder);
        if (!(await findNextSealingKey(folder))) await requireCommittedSecrets(context);
        await requireOpenable(await tools(), await readSealedFiles(context));
        await inputs.delivery.requireNothingElse();
      },
    },
    {
      title: 'Make a new sealing key',
      run: async () => {
        const isThere = (await findNextSealingKey(folder)) !== undefined;
        const name = shortFingerprint(await provideNextSealingKey(folder));
        return isThere ? `${name}, which an earlier run made` : undefined;
      },
    },
    {
      title: 'Put it into the cluster, beside the others',
      run: async (report) =>
        await putSealingKeys(await inputs.kubernetes(), await listOpeningKeys(folder), report),
    },
    {
      title: 'Seal all secrets anew',
      run: async (report) => {
        const key = await promoteNextSealingKey(folder);
        const written = await resealFiles(context, await tools(), key, report);
        return written.length === 0 ? 'all are sealed with it' : undefined;
      },
    },
    {
      title: `Commit ${secretsPath(cluster)}`,
      run: async () => {
        const key = shortFingerprint(await provideSealingKey(folder));
        const message = `Seal the secrets of ${cluster.name} with the key ${key}`;
        const paths = (await readSealedFiles(context)).map(({ path }) => path);
        if (paths.length === 0) return 'there are none';
        const commit = await commitPaths(shell, repository, paths, message);
        return commit ? commit.slice(0, 7) : 'nothing new';
      },
    },
    { title: 'Deliver the commit', run: (report) => inputs.delivery.deliver(report) },
    {
      title: 'Wait until the cluster has opened them',
      run: async (report) => {
        const sealed = sealedSecretsIn(await readSealedFiles(context));
        await waitUntilOpened(await inputs.kubernetes(), sealed, report);
        await endSealingKeyRotation(folder);
      },
    },
  ];
}

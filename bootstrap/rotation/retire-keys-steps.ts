import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report, Step } from '../lib/progress.ts';
import { SEALED_SECRET, SECRET } from '../lib/resource-kinds.ts';
import { requireSealingKey } from '../secrets/require-sealing-key.ts';
import { canOpen, type ResealTools } from '../secrets/reseal.ts';
import {
  findNextSealingKey,
  listEarlierKeys,
  type OpeningKey,
  removeEarlierKey,
  shortFingerprint,
} from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { putSealingKeys, sealingKeySecrets } from '../steps/sealing-keys.ts';
import type { RotationInputs } from './rotate-keys-steps.ts';
import { readSealedFiles, requireCommittedSecrets, sealedSecretsIn } from './sealed-files.ts';

/**
 * The steps that remove the keys which seal no more, from the cluster first and from this host last, so that a run
 * that is killed is simply made again.
 */
export function retireKeysSteps(
  context: Context,
  { kubernetes, kubeseal }: Pick<RotationInputs, 'kubernetes' | 'kubeseal'>,
): Step[] {
  const { shell, directories } = context;
  const folder = directories.data;
  return [
    {
      title: 'Check that nothing needs an earlier key',
      run: async () => {
        const keys = [await requireSealingKey(folder)];
        await requireFinished(folder);
        await requireCommittedSecrets(context);
        const tools = { shell, kubeseal: await kubeseal(), keys };
        await requireAllOpenable(tools, 'in git', sealedSecretsIn(await readSealedFiles(context)));
        const live = await (await kubernetes()).list(SEALED_SECRET);
        await requireAllOpenable(tools, 'in the cluster', live);
      },
    },
    {
      title: 'Remove the earlier keys',
      run: async (report) => {
        const earlier = await listEarlierKeys(folder);
        if (earlier.length === 0) return 'there are none';
        await removeFromCluster(await kubernetes(), earlier, [await requireSealingKey(folder)], report);
        for (const key of earlier) await removeEarlierKey(key);
        return earlier.map(shortFingerprint).join(', ');
      },
    },
  ];
}

async function requireFinished(folder: string): Promise<void> {
  if (!(await findNextSealingKey(folder))) return;
  throw new UserError(
    'A rotation of the sealing key has not ended, and nothing has been removed',
    './orchestrator.sh rotate-keys goes on with it.',
  );
}

async function requireAllOpenable(
  tools: ResealTools,
  where: string,
  all: readonly ManagedObject[],
): Promise<void> {
  const closed: string[] = [];
  for (const sealed of all)
    if (!(await canOpen(tools, sealed)))
      closed.push(`${sealed.metadata?.namespace}/${sealed.metadata?.name}`);
  if (closed.length === 0) return;
  throw new UserError(
    `The newest key alone does not open all sealed secrets ${where}, and nothing has been removed: ${closed.join(', ')}`,
    './orchestrator.sh rotate-keys seals all of clusters/ anew. What is sealed elsewhere is yours to seal again.',
  );
}

async function removeFromCluster(
  kubernetes: KubernetesClient,
  removed: readonly OpeningKey[],
  kept: readonly OpeningKey[],
  report: Report,
): Promise<void> {
  for (const { metadata } of sealingKeySecrets(removed))
    await kubernetes.remove(SECRET, metadata?.name ?? '', SEALED_SECRETS_NAMESPACE);
  await putSealingKeys(kubernetes, kept, report);
}

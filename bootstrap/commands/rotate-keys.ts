import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import { requireRepository } from '../lib/git.ts';
import { once } from '../lib/once.ts';
import { runSteps } from '../lib/progress.ts';
import { createDelivery } from '../rotation/deliver-commits.ts';
import { retireKeysSteps } from '../rotation/retire-keys-steps.ts';
import { type RotationInputs, rotateKeysSteps } from '../rotation/rotate-keys-steps.ts';
import { listEarlierKeys, provideSealingKey, shortFingerprint } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession, type Session } from './session.ts';

interface RotateKeysOptions extends CommonOptions {
  readonly retire: boolean;
}

/** `rotate-keys`: has a new key seal the secrets, or removes those before it. */
export function registerRotateKeys(program: Command): void {
  addCommonOptions(program.command('rotate-keys').description('seal all secrets anew, with a new key'))
    .option('--retire', 'make no key; remove those that nothing needs any more', false)
    .action((options: RotateKeysOptions) =>
      runExclusiveSession('rotate-keys', options, async (session) => {
        const { context, progress } = session;
        await requireRepository(context.shell, context.repository, context.cluster.settings.git.path);
        const inputs = openInputs(session);
        const steps = options.retire ? retireKeysSteps(context, inputs) : rotateKeysSteps(context, inputs);
        await runSteps([reachControlPlaneStep(context, inputs.kubernetes), ...steps], progress);
        process.stdout.write(await formatKeys(context));
      }),
    );
}

/** The ways by which a rotation reaches the cluster, git and kubeseal. */
export function openInputs({ context, progress }: Session): RotationInputs {
  const kubeseal = once(async () => {
    const artifacts = createClusterArtifacts(context, await chooseSource(context));
    return (await artifacts.source.provideTools(() => {})).kubeseal;
  });
  const { kubernetes } = accessCluster(context);
  const delivery = createDelivery(context, { kubernetes, kubeseal, isWatched: progress.isTerminal });
  return { kubernetes, kubeseal, delivery };
}

async function formatKeys({ directories }: Context): Promise<string> {
  const key = shortFingerprint(await provideSealingKey(directories.data));
  const earlier = (await listEarlierKeys(directories.data)).map(shortFingerprint);
  if (earlier.length === 0) return `sealing key ${key} is the only one\n`;
  return [
    `sealing key ${key} seals from now on; ${earlier.join(', ')} still opens what was sealed before, in git's history and by rollbacks`,
    'Next: ./orchestrator.sh backup, since no backup has the new key yet.',
    'When no commit that is older is to be deployed again: ./orchestrator.sh rotate-keys --retire.',
    '',
  ].join('\n');
}

import { UserError } from '../lib/errors.ts';
import { readHead } from '../lib/git.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition, type ManagedObject } from '../lib/managed-object.ts';
import type { Report } from '../lib/progress.ts';
import { SEALED_SECRET } from '../lib/resource-kinds.ts';
import { encryptedDataOf } from '../secrets/reseal.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { ARGO_CD_NAMESPACE, SEALED_SECRETS_NAMESPACE } from '../settings/namespaces.ts';
import { APPLICATION } from '../steps/applications-step.ts';
import { pushStep, runGit } from '../steps/git-step.ts';
import { sourceSteps } from '../steps/source-steps.ts';

/** The Application that brings the sealed secrets. */
const SECRETS_APPLICATION = 'secrets';
const OPENED_TIMEOUT_MS = 180_000;

/** How commits of the cluster's folder get to where Argo CD reads them. */
export interface Delivery {
  /** Refuses commits that a push would deploy beside those of a rotation. */
  requireNothingElse(): Promise<void>;
  /** Pushes where that is this program's to do, or waits until the person has. */
  deliver(report: Report): Promise<void>;
}

/** What a delivery takes from others. */
export interface DeliveryInputs {
  readonly kubernetes: () => Promise<KubernetesClient>;
  readonly kubeseal: () => Promise<string>;
  /** Whether a person watches, who could push meanwhile. */
  readonly isWatched: boolean;
}

/** The way of commits into the cluster: its own git server, or the repository elsewhere that it follows. */
export function createDelivery(
  context: Context,
  { kubernetes, kubeseal, isWatched }: DeliveryInputs,
): Delivery {
  if (hasOwnGitServer(context.cluster.settings))
    return {
      requireNothingElse: () => requireOnlySecrets(context),
      deliver: async (report) => void (await pushStep(context, kubernetes).run(report)),
    };
  const source = sourceSteps(context, { kubeseal, isWatched });
  return {
    // Nothing is pushed there by this program: the person sees what they push.
    requireNothingElse: async () => void (await source.check.run(() => {})),
    deliver: async (report) => {
      await source.compare.run(report);
      await source.awaitPush.run(report);
    },
  };
}

/** @throws UserError where the clone has commits, or lacks some, that are about more than sealed secrets */
async function requireOnlySecrets(context: Context): Promise<void> {
  const { cluster, shell, repository } = context;
  const { branch } = cluster.settings.git;
  const ref = `refs/remotes/${GIT_REMOTE}/${branch}`;
  const fetched = await runGit(context, ['fetch', '--quiet', GIT_REMOTE, `+refs/heads/${branch}:${ref}`]);
  if (fetched.exitCode !== 0)
    throw new UserError(
      `The cluster's git server does not answer (${fetched.stderr.trim()}), and nothing has been changed`,
      './orchestrator.sh status shows what is wrong; ./orchestrator.sh create mends it.',
    );
  const isContained = await runGit(context, ['merge-base', '--is-ancestor', ref, 'HEAD']);
  if (isContained.exitCode !== 0)
    throw new UserError(
      `the branch ${branch} of the remote ${GIT_REMOTE} has commits that this clone lacks`,
      `git pull --rebase ${GIT_REMOTE} ${branch}, then run the command again.`,
    );
  const names = ['diff', '--name-only', '--no-renames', '--relative', '-z', ref, 'HEAD'];
  const { stdout } = await shell.run('git', ['-C', repository, ...names]);
  const others = stdout
    .split('\0')
    .filter((path) => path !== '' && !path.startsWith(`clusters/${cluster.name}/secrets/`));
  if (others.length === 0) return;
  throw new UserError(
    `this clone has commits that the cluster lacks, and the rotation's push would deploy them: ${others.slice(0, 5).join(', ')}`,
    `git push ${GIT_REMOTE} ${(await readHead(shell, repository)).slice(0, 7)}:${branch}, then run the command again.`,
  );
}

/**
 * Waits until the cluster has these sealed secrets, and has opened them.
 *
 * @throws UserError after three minutes, with those that are missing
 */
export async function waitUntilOpened(
  kubernetes: KubernetesClient,
  wanted: readonly ManagedObject[],
  report: Report,
): Promise<void> {
  // Where nothing announces a push, it would be seen with the next poll only.
  const refresh = { 'argocd.argoproj.io/refresh': 'normal' };
  await kubernetes.annotate(APPLICATION, SECRETS_APPLICATION, ARGO_CD_NAMESPACE, refresh);
  await kubernetes.waitUntil({
    resource: SEALED_SECRET,
    description: 'the new sealed secrets to be opened',
    timeoutMs: OPENED_TIMEOUT_MS,
    remedy: `See why: kubectl --namespace ${ARGO_CD_NAMESPACE} describe application ${SECRETS_APPLICATION}, and kubectl --namespace ${SEALED_SECRETS_NAMESPACE} logs deployment/sealed-secrets-controller. Then run the command again: it goes on where it stopped.`,
    onChange: report,
    missing: (found) => {
      const missing = wanted.filter((one) => !found.some((other) => isOpened(one, other)));
      return missing.length === 0 ? undefined : missing.map(nameOf).join(', ');
    },
  });
}

/** Whether an object of the cluster is this sealed secret, as it is now, and opened. */
function isOpened(wanted: ManagedObject, found: ManagedObject): boolean {
  if (nameOf(wanted) !== nameOf(found)) return false;
  const { observedGeneration = 0 } = (found.status ?? {}) as { observedGeneration?: number };
  return (
    hasSameValues(wanted, found) &&
    observedGeneration >= (found.metadata?.generation ?? 0) &&
    hasCondition(found, 'Synced')
  );
}

function hasSameValues(one: ManagedObject, other: ManagedObject): boolean {
  const sorted = (sealed: ManagedObject) =>
    JSON.stringify(Object.entries(encryptedDataOf(sealed)).toSorted());
  return sorted(one) === sorted(other);
}

function nameOf({ metadata }: ManagedObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
